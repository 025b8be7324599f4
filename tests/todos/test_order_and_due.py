"""The order of to-dos, due dates with a time, and to-dos that belong to others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import LISTS, TODOS
from todos.models import Todo, TodoList


def pages(client: ApiClient, address: str) -> list[str]:
    """The titles of all pages."""
    titles: list[str] = []
    next_page: str | None = address
    while next_page:
        page = client.get(next_page).json()
        titles += [item["title"] for item in page["items"]]
        next_page = page["next"]
    return titles


def test_without_a_rank_what_is_newer_comes_later(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    for title in ("a", "b", "c"):
        make_todo(title=title)

    assert pages(alice, f"{TODOS}?sort=rank&limit=2") == ["a", "b", "c"]


def test_ranks_are_compared_byte_by_byte_and_equal_ones_by_id(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    for title, rank in (("low", "a"), ("upper", "Z"), ("digit", "9"), ("same", "a"), ("long", "a0")):
        make_todo(title=title, rank=rank)

    assert pages(alice, f"{TODOS}?sort=rank&limit=2") == ["digit", "upper", "low", "same", "long"]


def test_by_what_is_due_the_undated_come_last(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    make_todo(title="someday")
    make_todo(title="later", due_on=date(2026, 12, 24))
    make_todo(title="soon", due_on=date(2026, 12, 1))
    make_todo(title="never mind")

    assert pages(alice, f"{TODOS}?sort=due&limit=1") == ["soon", "later", "someday", "never mind"]


def test_a_cursor_of_another_order_is_refused(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    make_todo()
    make_todo()
    next_page = alice.get(f"{TODOS}?sort=rank&limit=1").json()["next"]

    assert alice.get(next_page.replace("sort=rank", "sort=due")).status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("due_after=2026-12-01", ["b"]),
        ("due_after=2026-11-01&due_before=2026-12-24", ["a"]),
        ("q=oat+milk", ["a"]),
    ],
)
def test_more_filters(
    alice: ApiClient, make_todo: Callable[..., Todo], query: str, expected: list[str]
) -> None:
    make_todo(title="a", notes="milk, the oat one", due_on=date(2026, 12, 1))
    make_todo(title="b", notes="milk", due_on=date(2026, 12, 24))

    assert pages(alice, f"{TODOS}?{query}") == expected


def test_a_due_date_is_one_value(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    whole = {"due_on": "2026-12-24", "due_time": "18:00", "due_zone": "Europe/Lisbon"}

    timed = alice.patch(f"{TODOS}/{todo.id}", whole).json()
    moved = alice.patch(f"{TODOS}/{todo.id}", {"due_on": "2026-12-25"}).json()

    assert {name: timed[name] for name in whole} == whole
    assert (moved["due_on"], moved["due_time"], moved["due_zone"]) == ("2026-12-25", None, None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"due_time": "18:00", "due_zone": "Europe/Lisbon"}, "/due_on"),
        ({"due_on": "2026-12-24", "due_time": "18:00"}, "/due_on"),
        ({"due_on": "2026-12-24", "due_zone": "Europe/Lisbon"}, "/due_on"),
        ({"due_on": "2026-12-24", "due_time": "25:00", "due_zone": "Europe/Lisbon"}, "/due_time"),
        ({"due_on": "2026-12-24", "due_time": "18:00", "due_zone": "../../etc/passwd"}, "/due_zone"),
        ({"due_on": "2026-12-24", "due_time": "18:00", "due_zone": "Mars/Base"}, "/due_zone"),
        ({"due_on": "0001-01-01"}, "/due_on"),
        ({"due_on": "10000-01-01"}, "/due_on"),
        ({"recurrence": "FREQ=SECONDLY"}, "/recurrence"),
        ({"rank": "ä"}, "/rank"),
        ({"rank": "a" * 129}, "/rank"),
        ({"title": "🎈" * 10_000}, "/title"),
        ({"title": "abc\u202edef"}, "/title"),
    ],
)
def test_a_value_that_is_none_is_named(
    alice: ApiClient, make_todo: Callable[..., Todo], body: dict[str, Any], pointer: str
) -> None:
    todo = make_todo()

    response = alice.patch(f"{TODOS}/{todo.id}", body)

    assert response.status_code == 400
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
    todo.refresh_from_db()
    assert todo.version == 1


def test_a_child_goes_with_its_parent(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    parent = make_todo(title="trip")
    child = make_todo(title="pack", parent_id=parent.id)
    grandchild = make_todo(title="socks", parent_id=child.id)
    other = make_todo(title="stays")

    alice.delete(f"{TODOS}/{parent.id}")

    assert pages(alice, TODOS) == [other.title]
    grandchild.refresh_from_db()
    assert grandchild.version == 5


def test_a_list_takes_children_in_other_lists_with_it(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    trip, home = make_list(title="Trip"), make_list(title="Home")
    parent = make_todo(list_id=trip.id)
    make_todo(title="water the plants", list_id=home.id, parent_id=parent.id)

    alice.delete(f"{LISTS}/{trip.id}")

    assert pages(alice, TODOS) == []


def test_a_circle_of_parents_is_refused(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    parent = make_todo()
    child = make_todo(parent_id=parent.id)

    circle = alice.patch(f"{TODOS}/{parent.id}", {"parent_id": str(child.id)})
    itself = alice.patch(f"{TODOS}/{parent.id}", {"parent_id": str(parent.id)})

    assert (circle.status_code, itself.status_code) == (409, 409)
    assert circle.json()["type"].endswith("/parent-cycle")
    assert alice.get(f"{TODOS}/{parent.id}").json()["parent_id"] is None


def test_a_parent_of_another_account_is_unknown(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    theirs = make_todo("mallory")

    response = alice.post(TODOS, {"title": "a", "parent_id": str(theirs.id)})

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "unknown-parent"


def test_a_list_can_be_put_away_and_ordered(alice: ApiClient, make_list: Callable[..., TodoList]) -> None:
    found = make_list()

    changed = alice.patch(f"{LISTS}/{found.id}", {"archived": True, "rank": "b0"}).json()

    assert (changed["archived"], changed["rank"]) == (True, "b0")
