"""Devices that come back after months: what is forgotten meanwhile, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from tests.todos.test_sync import SNAPSHOT, SYNC, codes, operation, send
from todos import commands
from todos.models import Account, Todo


def test_an_expired_cursor_carries_out_nothing_until_there_is_a_snapshot(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()
    cursor = send(alice)["cursor"]
    alice.delete(f"{TODOS}/{todo.id}")
    commands.prune(older_than=timedelta(days=-1))
    create = operation("todo.create", base=1, title="Bread")

    refused = alice.post(SYNC, {"cursor": cursor, "device": "p", "operations": [create]})
    snapshot = alice.get(SNAPSHOT).json()
    answer = send(alice, create, cursor=snapshot["cursor"])

    assert refused.status_code == 410
    assert refused.json()["type"].endswith("/cursor-expired")
    assert snapshot["todos"] == []
    assert codes(answer) == ["applied"]


def test_tombstones_stay_for_ninety_days(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    cursor = send(alice, operation("todo.create", title="a"))["cursor"]
    todo = make_todo()
    alice.delete(f"{TODOS}/{todo.id}")

    counts = commands.prune()

    assert counts == {"tombstones": 0, "results": 0}
    assert send(alice, cursor=cursor)["changes"]["deleted"][0]["id"] == str(todo.id)


def test_a_batch_without_an_answer_is_done_once_however_long_the_device_was_away(alice: ApiClient) -> None:
    first, second = operation("todo.create", title="Milk"), operation("todo.create", title="Bread")
    told = send(alice, first, second)["results"]
    send(alice, operation("todo.create", title="Beer"), device="tablet")

    commands.prune(older_than=timedelta(days=-1))

    assert send(alice, first, second)["results"] == told
    # Cut in another way, as a device may.
    assert send(alice, first)["results"] + send(alice, second)["results"] == told
    assert Account.objects.get().version == 2


def test_a_queue_that_grew_while_no_answer_came_is_done_once_after_a_long_time(alice: ApiClient) -> None:
    first, second = operation("todo.create", title="Milk"), operation("todo.create", title="Bread")
    send(alice, first)
    told = send(alice, first, second)["results"]
    # The first request arrives once more, from a connection that was thought dead.
    send(alice, first)

    commands.prune(older_than=timedelta(days=-1))

    assert send(alice, first, second)["results"] == told
    assert Account.objects.get().version == 2


def test_results_that_the_device_has_seen_go_after_ninety_days(alice: ApiClient) -> None:
    send(alice, operation("todo.create", title="Milk"), operation("todo.create", title="Bread"))
    send(alice, operation("todo.create", title="Beer"))
    send(alice, operation("todo.create", title="Salt"), device="tablet")

    counts = commands.prune(older_than=timedelta(days=-1))

    assert counts == {"tombstones": 0, "results": 2}
    assert commands.prune(older_than=timedelta(days=-1)) == {"tombstones": 0, "results": 0}
