"""Changing, completing, reopening and deleting a to-do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos.models import Account, Todo


def version_of(subject: str) -> int:
    """The account's version."""
    return Account.objects.get(subject=subject).version


def test_a_change_bumps_the_account_and_the_row(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()

    response = alice.patch(f"{TODOS}/{todo.id}", {"title": "Bread"}, if_match=todo.version)

    assert response.status_code == 200
    assert response.json()["version"] == 2
    assert response["ETag"] == '"v2"'
    assert version_of("alice") == 2


def test_a_change_of_nothing_keeps_the_version(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo(tags=["a"])

    response = alice.patch(f"{TODOS}/{todo.id}", {"title": "Milk", "tags": ["a"]})

    assert response.json()["version"] == todo.version
    assert version_of("alice") == todo.version


def test_a_change_with_an_old_etag_is_refused(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    alice.patch(f"{TODOS}/{todo.id}", {"title": "Bread"})

    response = alice.patch(f"{TODOS}/{todo.id}", {"title": "Beer"}, if_match=todo.version)

    assert response.status_code == 412
    assert response.json()["type"].endswith("/version-mismatch")
    assert response.json()["current_version"] == 2
    todo.refresh_from_db()
    assert todo.title == "Bread"


def test_completing_marks_the_time_and_twice_changes_nothing(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()

    first = alice.post(f"{TODOS}/{todo.id}/complete", {})
    second = alice.post(f"{TODOS}/{todo.id}/complete", {})

    assert first.json()["done_at"] is not None
    assert second.json() == first.json()
    assert version_of("alice") == 2


def test_completing_with_an_old_etag_is_refused(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    alice.patch(f"{TODOS}/{todo.id}", {"title": "Bread"})

    response = alice.post(f"{TODOS}/{todo.id}/complete", {}, if_match=todo.version)

    assert response.status_code == 412
    todo.refresh_from_db()
    assert todo.done_at is None


def test_a_reopened_todo_is_open_again(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    alice.post(f"{TODOS}/{todo.id}/complete", {})

    response = alice.post(f"{TODOS}/{todo.id}/reopen", {})

    assert response.json()["done_at"] is None
    assert version_of("alice") == 3


def test_a_deleted_todo_is_gone_and_leaves_a_tombstone(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()

    response = alice.delete(f"{TODOS}/{todo.id}")

    assert response.status_code == 204
    assert alice.get(f"{TODOS}/{todo.id}").status_code == 404
    assert alice.get(TODOS).json()["items"] == []
    todo.refresh_from_db()
    assert todo.deleted_at is not None
    assert todo.version == 2


def test_a_field_can_be_emptied(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo(notes="x", priority=1, tags=["a"])

    response = alice.patch(f"{TODOS}/{todo.id}", {"notes": "", "priority": None, "tags": []})

    changed = response.json()
    assert (changed["notes"], changed["priority"], changed["tags"]) == ("", None, [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/complete", {}),
        ("POST", "/reopen", {}),
        ("POST", "/attachments", {"key": "a.txt"}),
        ("DELETE", "/attachments/01a20d5b-3c8e-7519-991a-0e54b19ed9b0", None),
    ],
)
def test_anothers_todo_is_not_there(
    mallory: ApiClient, make_todo: Callable[..., Todo], method: str, path: str, body: object
) -> None:
    todo = make_todo("alice")

    response = mallory.request(method, f"{TODOS}/{todo.id}{path}", body)

    assert response.status_code == 404
    assert response.json()["type"].endswith("/todo-not-found")
    todo.refresh_from_db()
    assert (todo.title, todo.version, todo.deleted_at) == ("Milk", 1, None)
