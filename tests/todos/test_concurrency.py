"""Writers at the same moment: real threads, each with its own connection."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connections

from chassis.errors import IdTaken, InvalidInput
from tests.api_client import ApiClient
from tests.issuer import Issuer
from tests.todos.sync_client import Device
from todos import commands
from todos.models import Account, Todo, TodoList

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4
EACH = 10


def at_once(work: Callable[[int], Any], count: int) -> list[Any]:
    """The results of `work(0…count-1)`, all started together."""

    def run(number: int) -> Any:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def test_versions_of_one_account_never_repeat_and_none_is_left_out() -> None:
    def write(writer: int) -> None:
        for number in range(EACH):
            commands.create_todo(subject="alice", title=f"{writer}-{number}")

    at_once(write, WRITERS)

    versions = sorted(Todo.objects.values_list("version", flat=True))
    assert versions == list(range(1, WRITERS * EACH + 1))
    assert Account.objects.get(subject="alice").version == WRITERS * EACH


def test_of_two_that_choose_one_id_one_gets_it() -> None:
    chosen = uuid4()

    def write(writer: int) -> bool:
        try:
            commands.create_todo(subject=f"subject-{writer}", title="Milk", id=chosen)
        except IdTaken:
            return False
        return True

    outcomes = at_once(write, WRITERS)

    assert sorted(outcomes) == [False] * (WRITERS - 1) + [True]
    assert Todo.objects.count() == 1


def test_a_list_deleted_while_it_is_filled_leaves_nothing_open() -> None:
    found = commands.create_list(subject="alice", title="Home")

    def write(writer: int) -> None:
        if writer == 0:
            commands.delete_list(subject="alice", list_id=found.id, if_versions=None)
            return
        try:
            commands.create_todo(subject="alice", title="Milk", list_id=found.id)
        except InvalidInput:
            return

    at_once(write, WRITERS)

    assert not Todo.objects.filter(deleted_at=None, todo_list=found).exists()
    assert TodoList.objects.get(id=found.id).deleted_at is not None


def test_devices_that_sync_at_once_end_with_the_same(issuer: Issuer, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1_000_000
    known = [commands.create_todo(subject="alice", title="shared") for _ in range(3)]
    chance = random.Random(7)
    choices = [[chance.random() for _ in range(EACH)] for _ in range(WRITERS)]
    token = issuer.token("alice")

    def send(method: str, path: str, body: Any) -> tuple[int, Any]:
        response = ApiClient(token).request(method, f"/api/todos/v1/{path}", body)
        return response.status_code, orjson.loads(response.content) if response.content else None

    devices = [Device(f"device-{number}", send, page=4) for number in range(WRITERS)]

    def live(number: int) -> None:
        device = devices[number]
        for step, choice in enumerate(choices[number]):
            target = str(known[step % 3].id)
            if choice < 0.4:
                device.do("todo.create", title=f"{number}-{step}")
            elif choice < 0.8:
                device.do("todo.update", target, title=f"{number}-{step}", tags={"add": [f"t{number}"]})
            else:
                device.do("todo.delete", target)
            device.sync()

    at_once(live, WRITERS)
    for device in devices:
        device.sync()

    assert [device.rows for device in devices] == [devices[0].rows] * WRITERS
    problems = [result["problem"] for device in devices for _, result in device.answered if result["problem"]]
    # Of something whose deletion the device had seen, and of nothing else.
    assert {problem["type"].rsplit("/", 1)[-1] for problem in problems} <= {"todo-not-found"}
    applied = [
        result["version"]
        for device in devices
        for _, result in device.answered
        if result["status"] == "applied"
    ]
    assert len(set(applied)) == len(applied)
    created = sum(choice < 0.4 for some in choices for choice in some)
    assert len(devices[0].rows["todos"]) >= created


def test_an_operation_sent_twice_at_once_is_done_once(issuer: Issuer, settings: Any) -> None:
    token = issuer.token("alice")
    ids = {"id": str(uuid4()), "target": str(uuid4())}
    body = {
        "device": "p",
        "operations": [{**ids, "kind": "todo.create", "base": 0, "set": {"title": "Milk"}}],
    }

    answers = at_once(lambda _: ApiClient(token).post("/api/todos/v1/sync", body).json()["results"], WRITERS)

    assert answers == [answers[0]] * WRITERS
    assert (Todo.objects.count(), Account.objects.get().version) == (1, 1)
