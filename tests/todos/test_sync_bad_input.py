"""What sync refuses, and what it does with the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.todos.test_sync import SYNC, codes, operation, send
from todos.models import OperationResult, Todo

NIL = "00000000-0000-0000-0000-000000000000"


def test_what_is_refused_does_not_stop_the_others(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    theirs = make_todo("mallory")
    mine = make_todo()

    answer = send(
        alice,
        operation("todo.fold", mine.id, 1),
        operation("todo.update", theirs.id, 1, title="Mine"),
        operation("todo.create", theirs.id, 1, title="Mine"),
        operation("todo.update", mine.id, 99, title="From the future"),
        operation("todo.update", mine.id, 1, title="🎈" * 10_000),
        operation("todo.update", mine.id, 1, title="abc\u202edef"),
        operation("todo.update", mine.id, 1, due_on="0001-01-01"),
        operation("todo.update", mine.id, 1, recurrence="FREQ=SECONDLY"),
        operation("todo.update", mine.id, 1, parent_id=str(mine.id)),
        operation("todo.update", mine.id, 1, colour="red"),
        operation("todo.update", mine.id, 1, tags={"add": ["a"], "remove": ["a"]}),
        operation("conflict.resolve", base=1),
        operation("todo.update", mine.id, 1, title="Bread"),
    )

    assert codes(answer) == [
        "unknown-kind", "todo-not-found", "id-taken", "version-ahead", *["invalid-input"] * 4,
        "parent-cycle", "invalid-input", "invalid-input", "conflict-not-found", "applied",
    ]  # fmt: skip
    assert [found["problem"]["status"] for found in answer["results"][1:3]] == [404, 409]
    theirs.refresh_from_db()
    assert (theirs.title, theirs.version) == ("Milk", 1)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"cursor": 7}, "/cursor"),
        ({"cursor": "abc"}, "/cursor"),
        ({"strange": 1}, "/strange"),
        ({"limit": 0}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"operations": {}}, "/operations"),
        ({"operations": [operation("todo.create", title="a")]}, "/device"),
        ({"device": "a b", "operations": []}, "/device"),
        ({"device": "p", "operations": [7]}, "/operations/0"),
        ({"device": "p", "operations": [{**operation("todo.delete"), "id": "7"}]}, "/operations/0/id"),
        ({"device": "p", "operations": [operation("todo.create", NIL, title="a")]}, "/operations/0/target"),
        ({"device": "p", "operations": [{**operation("todo.delete"), "base": -1}]}, "/operations/0/base"),
        ({"device": "p", "operations": [{**operation("todo.delete"), "base": 1.5}]}, "/operations/0/base"),
        ({"device": "p", "operations": [{**operation("todo.delete"), "set": []}]}, "/operations/0/set"),
        ({"device": "p", "operations": [{**operation("todo.delete"), "x/y": 1}]}, "/operations/0/x~1y"),
        ({"device": "p", "operations": [operation("todo.delete")] * 101}, "/operations"),
        (
            {
                "device": "p",
                "operations": [operation("todo.create", title="a", group=group) for group in ("g", "h", "g")],
            },
            "/operations/2/group",
        ),
    ],
)
def test_a_malformed_request_carries_out_nothing(alice: ApiClient, body: Any, pointer: str) -> None:
    response = alice.post(SYNC, body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer
    assert not OperationResult.objects.exists()


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("a\x00b", "/set/a\ufffdb"), ("a/b~c", "/set/a~1b~0c"), ("é" * 200, f"/set/{'é' * 100}")],
)
def test_an_odd_name_of_a_field_is_refused_and_the_refusal_kept(
    alice: ApiClient, name: str, pointer: str
) -> None:
    odd, good = operation("todo.create", title="a"), operation("todo.create", title="b")
    odd["set"][name] = 1

    first = send(alice, odd, good)
    again = send(alice, odd)

    assert codes(first) == ["invalid-input", "applied"]
    assert first["results"][0]["problem"]["errors"][0]["pointer"] == pointer
    assert again["results"] == first["results"][:1]


def test_an_odd_rule_is_refused_and_the_refusal_kept(alice: ApiClient) -> None:
    odd = operation("todo.create", title="a", recurrence="FREQ=WEEKLY;BYDAY=\x00")

    first, again = send(alice, odd, operation("todo.create", title="b")), send(alice, odd)

    assert codes(first) == ["invalid-input", "applied"]
    assert again["results"] == first["results"][:1]


def test_more_than_256_kib_are_not_read(alice: ApiClient) -> None:
    body = {"device": "p", "operations": [operation("todo.create", title="a", notes="n" * 20_000)] * 14}

    response = alice.post(SYNC, body)

    assert response.status_code == 413
    assert not Todo.objects.exists()


def test_a_cursor_is_good_for_its_account_and_unchanged(alice: ApiClient, mallory: ApiClient) -> None:
    cursor = send(alice, operation("todo.create", title="Milk"))["cursor"]
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")

    theirs = mallory.post(SYNC, {"cursor": cursor})
    bent = alice.post(SYNC, {"cursor": changed})

    for refused in (theirs, bent):
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["code"] == "invalid-cursor"


def test_a_reader_may_look_but_not_send(client_of: Callable[..., ApiClient], db: None) -> None:
    reader = client_of("alice", scope="todos/read")

    looked = reader.post(SYNC, {"cursor": None})
    sent = reader.post(SYNC, {"device": "p", "operations": [operation("todo.create", title="a")]})

    assert (looked.status_code, sent.status_code) == (200, 403)
    assert sent.json()["type"].endswith("/insufficient-scope")
    assert not Todo.objects.exists()
