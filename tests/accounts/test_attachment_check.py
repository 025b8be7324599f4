"""Another service asks whether a file is in a user's folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_client import ApiClient

CHECK = "/api/accounts/v1/internal/attachments"
pytestmark = pytest.mark.usefixtures("object_store", "db")


@pytest.fixture
def todos(service_client: Callable[..., ApiClient]) -> ApiClient:
    """A client with the token of the todos service."""
    return service_client("service-todos", scope="accounts/attach")


def test_a_file_that_is_there_is_described(todos: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "photos/boat.jpg", b"12345")

    document = todos.post(CHECK, {"subject": "alice", "key": "photos/boat.jpg"}).json()

    assert (document["key"], document["size"]) == ("photos/boat.jpg", 5)
    assert document["etag"].strip('"')
    assert set(document) == {"key", "size", "content_type", "etag", "last_modified"}


@pytest.mark.parametrize("key", ["none.txt", "photos", "photos/"])
def test_a_file_that_is_not_there_is_a_404(todos: ApiClient, put_file: Callable[..., str], key: str) -> None:
    put_file("alice", "photos/boat.jpg")

    answer = todos.post(CHECK, {"subject": "alice", "key": key})

    assert answer.status_code in (400, 404)
    assert answer.json()["type"].rpartition("/")[2] in ("file-not-found", "invalid-input")


def test_a_file_of_another_is_not_there(todos: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("mallory", "secret.txt")

    answer = todos.post(CHECK, {"subject": "alice", "key": "secret.txt"})

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/file-not-found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"subject": "alice", "key": "../mallory/secret.txt"}, "/key"),
        ({"subject": "alice/../mallory", "key": "secret.txt"}, "/subject"),
        ({"subject": "*", "key": "secret.txt"}, "/subject"),
        ({"subject": "Mallory", "key": "secret.txt"}, "/subject"),
        ({"key": "secret.txt"}, "/subject"),
        ({"subject": "alice"}, "/key"),
        ({"subject": "alice", "key": "a", "bucket": "quartet-uploads"}, "/bucket"),
    ],
)
def test_a_wrong_question_is_refused_at_its_field(
    todos: ApiClient, put_file: Callable[..., str], body: dict[str, Any], pointer: str
) -> None:
    put_file("mallory", "secret.txt")

    answer = todos.post(CHECK, body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_only_a_service_with_the_scope_may_ask(
    client_of: Callable[..., ApiClient], service_client: Callable[..., ApiClient], anonymous: ApiClient
) -> None:
    question = {"subject": "alice", "key": "a"}

    assert anonymous.post(CHECK, question).status_code == 401
    assert client_of("alice").post(CHECK, question).status_code == 403
    assert client_of("alice", scope="accounts/attach").post(CHECK, question).status_code == 403
    assert (
        service_client("service-accounts", scope="accounts/attach").post(CHECK, question).status_code == 403
    )
    assert service_client("service-todos", scope="").post(CHECK, question).status_code == 403
