"""Large files in parts: begun, sent straight to the store, interrupted, resumed, completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.accounts.conftest import FOLDER
from tests.api_client import ApiClient

pytestmark = pytest.mark.usefixtures("object_store", "db", "empty_folders")
PART = 8 * 1024**2
SIZE = PART + 3
BIG = {"key": "videos/big.mp4", "content_type": "video/mp4", "size": SIZE}


@pytest.fixture
def alice(client_of: Callable[..., ApiClient]) -> ApiClient:
    """A client with alice's token."""
    return client_of("alice")


@pytest.fixture
def begun(alice: ApiClient) -> dict[str, Any]:
    """An upload in two parts that alice began: its key and id."""
    document = alice.post(f"{FOLDER}/multipart", BIG).json()
    return {"key": document["key"], "upload_id": document["upload_id"]}


def send_part(alice: ApiClient, begun: dict[str, Any], number: int, body: bytes) -> int:
    """PUT one part to its signed address."""
    urls = alice.post(f"{FOLDER}/multipart/urls", {**begun, "numbers": [number]}).json()["urls"]
    return httpx.put(urls[str(number)], content=body).status_code


def parts_of(alice: ApiClient, begun: dict[str, Any]) -> list[tuple[int, int]]:
    """Numbers and sizes of the parts that have arrived."""
    document = alice.post(f"{FOLDER}/multipart/parts", begun).json()
    return [(part["number"], part["size"]) for part in document["parts"]]


def test_an_upload_says_how_it_is_to_be_cut(alice: ApiClient) -> None:
    document = alice.post(f"{FOLDER}/multipart", BIG).json()

    assert (document["part_bytes"], document["part_count"]) == (PART, 2)


def test_an_interrupted_upload_is_resumed_with_the_missing_part_alone(
    alice: ApiClient, begun: dict[str, Any]
) -> None:
    assert send_part(alice, begun, 1, b"a" * PART) == 200

    found = alice.get(f"{FOLDER}/multipart").json()["items"]
    assert [(item["key"], item["upload_id"]) for item in found] == [(begun["key"], begun["upload_id"])]
    assert parts_of(alice, begun) == [(1, PART)]
    assert send_part(alice, begun, 2, b"end") == 200
    answer = alice.post(f"{FOLDER}/multipart/completion", {**begun, "size": SIZE})

    assert answer.status_code == 200
    assert (answer.json()["key"], answer.json()["size"]) == (begun["key"], SIZE)
    assert answer.json()["content_type"] == "video/mp4"
    assert alice.get(f"{FOLDER}/multipart").json()["items"] == []


def test_completing_early_names_the_missing_bytes_and_keeps_the_parts(
    alice: ApiClient, begun: dict[str, Any]
) -> None:
    send_part(alice, begun, 1, b"a" * PART)

    answer = alice.post(f"{FOLDER}/multipart/completion", {**begun, "size": SIZE})

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/upload-incomplete")
    assert answer.json()["missing_bytes"] == 3
    assert parts_of(alice, begun) == [(1, PART)]


def test_completing_twice_gives_the_same_answer(alice: ApiClient, begun: dict[str, Any]) -> None:
    send_part(alice, begun, 1, b"whole")
    whole = {**begun, "size": 5}

    first = alice.post(f"{FOLDER}/multipart/completion", whole)
    second = alice.post(f"{FOLDER}/multipart/completion", whole)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


def test_more_than_declared_is_thrown_away(alice: ApiClient, begun: dict[str, Any]) -> None:
    send_part(alice, begun, 1, b"more than that")

    answer = alice.post(f"{FOLDER}/multipart/completion", {**begun, "size": 4})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/size"
    assert alice.get(f"{FOLDER}/multipart").json()["items"] == []
    assert alice.get(f"{FOLDER}?prefix=videos/").json()["items"] == []


def test_an_upload_that_was_given_up_is_gone(alice: ApiClient, begun: dict[str, Any]) -> None:
    send_part(alice, begun, 1, b"a")

    first = alice.post(f"{FOLDER}/multipart/abort", begun)
    second = alice.post(f"{FOLDER}/multipart/abort", begun)

    assert (first.status_code, second.status_code) == (204, 204)
    assert alice.post(f"{FOLDER}/multipart/parts", begun).status_code == 404
    assert alice.post(f"{FOLDER}/multipart/completion", {**begun, "size": 1}).status_code == 404


@pytest.mark.parametrize(
    ("address", "more"),
    [("parts", {}), ("urls", {"numbers": [1]}), ("completion", {"size": SIZE})],
)
def test_another_user_cannot_touch_an_upload(
    alice: ApiClient,
    client_of: Callable[..., ApiClient],
    begun: dict[str, Any],
    address: str,
    more: dict[str, Any],
) -> None:
    mallory = client_of("mallory")

    answer = mallory.post(f"{FOLDER}/multipart/{address}", {**begun, **more})

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/upload-not-found")
    mallory.post(f"{FOLDER}/multipart/abort", begun)
    assert parts_of(alice, begun) == []
    assert mallory.get(f"{FOLDER}/multipart").json()["items"] == []


@pytest.mark.parametrize("numbers", [[], [0], [10_001], ["a"], list(range(1, 102))])
def test_wrong_part_numbers_are_refused(alice: ApiClient, begun: dict[str, Any], numbers: list[Any]) -> None:
    answer = alice.post(f"{FOLDER}/multipart/urls", {**begun, "numbers": numbers})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("/numbers")


@pytest.mark.parametrize("upload_id", ["none", "../x", "a" * 1024])
def test_an_upload_id_that_was_never_given_is_a_404(alice: ApiClient, upload_id: str) -> None:
    answer = alice.post(f"{FOLDER}/multipart/parts", {"key": "a", "upload_id": upload_id})

    assert answer.status_code == 404
