"""Lists: made, read, changed, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import LISTS, TODOS
from todos.models import Todo, TodoList


def test_a_new_list_is_answered_and_listed(alice: ApiClient) -> None:
    made = alice.post(LISTS, {"title": "Home", "colour": "#1f5fa8"})

    assert made.status_code == 201
    assert alice.get(LISTS).json()["items"] == [made.json()]
    assert alice.get(made["Location"]).json() == made.json()


def test_nothing_new_costs_one_primary_key_read(
    alice: ApiClient, make_list: Callable[..., TodoList], django_assert_num_queries: Any
) -> None:
    make_list()
    etag = alice.get(LISTS)["ETag"]

    with django_assert_num_queries(1):
        response = alice.get(LISTS, if_none_match=etag)

    assert response.status_code == 304


def test_a_change_with_an_old_etag_is_refused(alice: ApiClient, make_list: Callable[..., TodoList]) -> None:
    found = make_list()
    alice.patch(f"{LISTS}/{found.id}", {"title": "House"})

    response = alice.patch(f"{LISTS}/{found.id}", {"title": "Hut"}, if_match=found.version)

    assert response.status_code == 412
    assert alice.get(f"{LISTS}/{found.id}").json()["title"] == "House"


def test_deleting_a_list_deletes_what_is_in_it(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    found = make_list()
    inside = make_todo(list_id=found.id)
    outside = make_todo(title="stays")

    response = alice.delete(f"{LISTS}/{found.id}")

    assert response.status_code == 204
    assert [item["id"] for item in alice.get(TODOS).json()["items"]] == [str(outside.id)]
    inside.refresh_from_db()
    found.refresh_from_db()
    assert inside.version == found.version == 4


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"title": "Mine"}), ("DELETE", None)])
def test_anothers_list_is_not_there(
    mallory: ApiClient, make_list: Callable[..., TodoList], method: str, body: object
) -> None:
    found = make_list("alice")

    response = mallory.request(method, f"{LISTS}/{found.id}", body)

    assert response.status_code == 404
    found.refresh_from_db()
    assert (found.title, found.deleted_at) == ("Home", None)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/title"), ({"title": "a", "colour": "red"}, "/colour"), ({"title": "a", "x": 1}, "/x")],
)
def test_bad_input_is_named(alice: ApiClient, body: object, pointer: str) -> None:
    response = alice.post(LISTS, body)

    assert response.status_code == 400
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
    assert not TodoList.objects.exists()


def test_an_id_of_another_account_is_taken(alice: ApiClient, make_list: Callable[..., TodoList]) -> None:
    theirs = make_list("mallory")

    response = alice.post(LISTS, {"id": str(theirs.id), "title": "Mine"})

    assert response.status_code == 409
