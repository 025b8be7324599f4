"""Making a to-do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos.models import Account, Todo, TodoList


def test_a_new_todo_is_answered_with_its_address_and_version(alice: ApiClient) -> None:
    response = alice.post(TODOS, {"title": "Milk"})

    assert response.status_code == 201
    assert response["Location"].endswith(f"{TODOS}/{response.json()['id']}")
    assert response["ETag"] == '"v1"'
    assert response.json()["title"] == "Milk"


def test_every_field_comes_back_as_it_was_sent(alice: ApiClient, make_list: Callable[..., TodoList]) -> None:
    home = make_list()
    sent = {
        "title": "Milk 🥛",
        "list_id": str(home.id),
        "notes": "Two\nbottles",
        "due_on": "2026-12-24",
        "priority": 1,
        "tags": ["shop", "Food"],
    }

    made = alice.post(TODOS, sent).json()

    assert {name: made[name] for name in sent} == sent
    assert alice.get(f"{TODOS}/{made['id']}").json() == made


def test_a_client_may_choose_the_id(alice: ApiClient) -> None:
    chosen = str(uuid4())

    response = alice.post(TODOS, {"id": chosen, "title": "Milk"})

    assert response.json()["id"] == chosen


@pytest.mark.parametrize("owner", ["alice", "mallory"])
def test_an_id_in_use_is_refused_whoever_has_it(
    alice: ApiClient, make_todo: Callable[..., Todo], owner: str
) -> None:
    taken = make_todo(owner)

    response = alice.post(TODOS, {"id": str(taken.id), "title": "Mine"})

    assert response.status_code == 409
    assert response.json()["type"].endswith("/id-taken")
    taken.refresh_from_db()
    assert taken.title == "Milk"
    assert taken.subject == owner


def test_a_refused_todo_leaves_no_row_and_no_version(alice: ApiClient) -> None:
    response = alice.post(TODOS, {"title": "Milk", "list_id": str(uuid4())})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/list_id"
    assert not Todo.objects.exists()
    assert not Account.objects.filter(version__gt=0).exists()


def test_anothers_list_is_as_unknown_as_none(alice: ApiClient, make_list: Callable[..., TodoList]) -> None:
    theirs = make_list("mallory")

    response = alice.post(TODOS, {"title": "Milk", "list_id": str(theirs.id)})

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "unknown-list"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/title"),
        ({"title": ""}, "/title"),
        ({"title": "   "}, "/title"),
        ({"title": 5}, "/title"),
        ({"title": None}, "/title"),
        ({"title": ["Milk"]}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({"title": "🙂" * 10_000}, "/title"),
        ({"title": "a\u0000b"}, "/title"),
        ({"title": "a\u202eb"}, "/title"),
        ({"title": "a\nb"}, "/title"),
        ({"title": "Milk", "notes": "x" * 20_001}, "/notes"),
        ({"title": "Milk", "due_on": "tomorrow"}, "/due_on"),
        ({"title": "Milk", "due_on": "0001-01-01"}, "/due_on"),
        ({"title": "Milk", "due_on": "10000-01-01"}, "/due_on"),
        ({"title": "Milk", "due_on": "2026-02-30"}, "/due_on"),
        ({"title": "Milk", "due_on": 20261224}, "/due_on"),
        ({"title": "Milk", "priority": 0}, "/priority"),
        ({"title": "Milk", "priority": 5}, "/priority"),
        ({"title": "Milk", "priority": "1"}, "/priority"),
        ({"title": "Milk", "priority": True}, "/priority"),
        ({"title": "Milk", "tags": "shop"}, "/tags"),
        ({"title": "Milk", "tags": [str(number) for number in range(21)]}, "/tags"),
        ({"title": "Milk", "tags": ["ok", "a\nb"]}, "/tags/1"),
        ({"title": "Milk", "list_id": "7"}, "/list_id"),
        ({"title": "Milk", "id": "7"}, "/id"),
        ({"title": "Milk", "id": "00000000-0000-0000-0000-000000000000"}, "/id"),
        ({"title": "Milk", "done_at": "2026-01-01"}, "/done_at"),
        ({"title": "Milk", "colour": "red"}, "/colour"),
    ],
)
def test_bad_input_is_named_and_leaves_no_row(alice: ApiClient, body: Any, pointer: str) -> None:
    response = alice.post(TODOS, body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
    assert not Todo.objects.exists()


def test_a_repeated_key_gives_the_first_answer(alice: ApiClient) -> None:
    first = alice.post(TODOS, {"title": "Milk"}, idempotency_key="once")

    second = alice.post(TODOS, {"title": "Milk"}, idempotency_key="once")

    assert second.status_code == 201
    assert second.json() == first.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Todo.objects.count() == 1


def test_a_repeated_key_with_another_body_is_refused(alice: ApiClient) -> None:
    alice.post(TODOS, {"title": "Milk"}, idempotency_key="once")

    response = alice.post(TODOS, {"title": "Bread"}, idempotency_key="once")

    assert response.status_code == 422
    assert Todo.objects.count() == 1
