"""Pages by opaque, signed cursors."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from chassis.errors import InvalidInput
from chassis.pagination import read_cursor, sign_cursor
from tests.api_client import ApiClient

pytestmark = pytest.mark.urls("tests.chassis.urls")

MakeClient = Callable[..., ApiClient]
ITEMS = "/api/test/items"  # the numbers from 0 to 9


def _follow(client: ApiClient, address: str | None) -> list[list[int]]:
    pages = []
    while address is not None:
        page = client.get(address).json()
        pages.append(page["items"])
        address = page["next"]
    return pages


def _next_cursor(client: ApiClient, address: str) -> str:
    return parse_qs(urlsplit(client.get(address).json()["next"]).query)["cursor"][0]


def test_following_next_gives_every_item_once_in_order(client_of: MakeClient) -> None:
    pages = _follow(client_of("alice"), f"{ITEMS}?limit=3")

    assert pages == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]


def test_a_page_that_is_just_full_has_no_next(client_of: MakeClient) -> None:
    assert client_of("alice").get(f"{ITEMS}?limit=10").json()["next"] is None


def test_next_keeps_every_other_parameter(client_of: MakeClient) -> None:
    address = client_of("alice").get(f"{ITEMS}?limit=3&tag=a&tag=b&q=x%26y").json()["next"]

    query = parse_qs(urlsplit(address).query)
    assert query["tag"] == ["a", "b"]
    assert query["q"] == ["x&y"]
    assert query["limit"] == ["3"]


def test_next_is_an_absolute_address_of_the_same_list(client_of: MakeClient) -> None:
    address = client_of("alice").get(f"{ITEMS}?limit=3").json()["next"]

    assert urlsplit(address).path == ITEMS


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "1.5", "", "٣", "9" * 5000, "+1", " 1", "1e1"])
def test_an_odd_limit_is_400_at_limit(client_of: MakeClient, limit: str) -> None:
    response = client_of("alice").get(f"{ITEMS}?limit={quote(limit)}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?limit"
    assert response.json()["errors"][0]["code"] == "invalid-limit"


@pytest.mark.parametrize("position", range(0, 60, 7))
def test_a_cursor_with_one_changed_byte_is_refused(client_of: MakeClient, position: int) -> None:
    alice = client_of("alice")
    cursor = _next_cursor(alice, f"{ITEMS}?limit=3")
    place = position % len(cursor)
    changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]

    response = alice.get(f"{ITEMS}?cursor={changed}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "invalid-cursor"
    assert alice.get(f"{ITEMS}?cursor={cursor}").status_code == 200


def test_a_cursor_of_another_subject_is_refused(client_of: MakeClient) -> None:
    cursor = _next_cursor(client_of("alice"), f"{ITEMS}?limit=3")

    response = client_of("mallory").get(f"{ITEMS}?cursor={cursor}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?cursor"


def _unsigned() -> str:
    return base64.urlsafe_b64encode(b'"[1]"').decode()


@pytest.mark.parametrize(
    "cursor", ["", ":", "a:b", _unsigned(), f"{_unsigned()}:", "é", "%ff", ".eJw:x", "x" * 9000]
)
def test_a_made_up_cursor_is_refused(client_of: MakeClient, cursor: str) -> None:
    response = client_of("alice").get(f"{ITEMS}?cursor={cursor}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "invalid-cursor"


def test_a_cursor_of_another_secret_key_is_refused(settings: Any) -> None:
    settings.SECRET_KEY = "one-deployment"
    cursor = sign_cursor([1], scope="items")
    settings.SECRET_KEY = "another-deployment"

    with pytest.raises(InvalidInput):
        read_cursor(cursor, scope="items")


def test_a_cursor_gives_back_its_position_unchanged() -> None:
    position = [3, "2026-11-24T10:00:00Z", None, "ä"]

    assert read_cursor(sign_cursor(position, scope="items"), scope="items") == position
