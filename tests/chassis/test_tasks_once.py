"""Work that is asked for again while it waits is done once, and never before the change that asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django_tasks_db.models import DBTaskResult

from chassis import tasks
from chassis.logs import log_context
from chassis.models import RateCount, TaskKey
from tests.chassis import queue_samples

ROWS = DBTaskResult.objects


def in_a_thread(work: Callable[[], Any]) -> Any:
    """What another worker or request gets, with a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


@pytest.mark.django_db(transaction=True)
def test_a_waiting_task_is_not_begun_before_the_change_that_relies_on_it(tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time: nobody claims while a change is open.")
    tasks.enqueue_once(queue_samples.count_windows, str(tmp_path))

    with transaction.atomic():
        RateCount.objects.create(key="k", window_start=1)
        was_enqueued = tasks.enqueue_once(queue_samples.count_windows, str(tmp_path))
        began_early = in_a_thread(tasks.run_next)

    assert not was_enqueued
    assert not began_early
    assert tasks.drain(seconds=10) == 1
    assert (tmp_path / "done").read_text() == "1\n"


@pytest.mark.django_db
def test_what_waits_under_a_key_is_not_enqueued_again(tmp_path: Path) -> None:
    first = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a", key="alice")
    second = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "b", key="alice")
    other = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "c", key="bob")

    assert (first, second, other) == (True, False, True)
    assert tasks.drain(seconds=10) == 2
    assert sorted((tmp_path / "done").read_text().split()) == ["a", "c"]


@pytest.mark.django_db
def test_what_is_running_or_done_does_not_count_as_waiting(tmp_path: Path) -> None:
    tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a", key="alice")
    ROWS.update(status="RUNNING")
    while_running = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "b", key="alice")
    tasks.drain(seconds=10)
    after_it_was_done = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "c", key="alice")

    assert while_running
    assert after_it_was_done


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_moment_enqueue_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(4)

    def ask() -> bool:
        barrier.wait(timeout=10)
        try:
            return tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a", key="alice")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result(timeout=30) for future in [pool.submit(ask) for _ in range(4)]]

    assert sorted(answers) == [False, False, False, True]
    assert ROWS.count() == 1


@pytest.mark.django_db
def test_keys_of_old_work_are_pruned_with_it(tmp_path: Path) -> None:
    tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a", key="alice")
    tasks.drain(seconds=10)

    tasks.prune_tasks(older_than=timedelta(0))

    assert not TaskKey.objects.exists()
    assert not ROWS.exists()


@pytest.mark.django_db
def test_a_worker_of_one_queue_leaves_the_others_alone(tmp_path: Path) -> None:
    queue_samples.lift.enqueue(str(tmp_path))
    queue_samples.write_down.enqueue(str(tmp_path), "a")

    of_heavy = tasks.drain(seconds=10, queues=["heavy"])

    assert of_heavy == 1
    assert (tmp_path / "done").read_text() == "lifted\n"
    assert ROWS.ready().count() == 1


@pytest.mark.django_db
def test_a_task_belongs_to_the_request_that_caused_it(tmp_path: Path) -> None:
    token = log_context.set({"request_id": "0194-example", "traceparent": "00-aa-bb-01", "user": "alice"})
    queue_samples.tell_trace.enqueue(str(tmp_path))
    log_context.reset(token)

    tasks.drain(seconds=10)

    assert (tmp_path / "done").read_text() == "0194-example\n"
    assert ROWS.get().args_kwargs["context"] == {"request_id": "0194-example", "traceparent": "00-aa-bb-01"}
