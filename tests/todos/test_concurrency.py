"""Writers at the same moment: real threads, each with its own connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from chassis.errors import IdTaken, InvalidInput
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
