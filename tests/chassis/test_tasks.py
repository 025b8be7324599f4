"""The queue: once, again after a failure, dead at the end, and never lost with its worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from chassis import tasks
from tests.chassis import queue_samples


def lines(directory: Path) -> list[str]:
    """What the tasks left."""
    found = directory / "done"
    return found.read_text().splitlines() if found.exists() else []


def the_task() -> Any:
    """The only row of the queue."""
    return DBTaskResult.objects.get()


def make_due() -> None:
    """Let the waiting time be over."""
    DBTaskResult.objects.update(run_after=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_task_is_done_once(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "a")

    assert tasks.drain(seconds=10) == 1
    assert tasks.drain(seconds=10) == 0
    assert lines(tmp_path) == ["a"]
    assert the_task().status == "SUCCESSFUL"


@pytest.mark.django_db(transaction=True)
def test_a_task_of_a_transaction_that_is_undone_is_never_done(tmp_path: Path) -> None:
    with transaction.atomic():
        queue_samples.write_down.enqueue(str(tmp_path), "a")
        transaction.set_rollback(True)

    assert tasks.drain(seconds=10) == 0
    assert lines(tmp_path) == []


@pytest.mark.django_db
def test_a_failure_is_tried_again_after_a_delay(tmp_path: Path) -> None:
    queue_samples.fail_until.enqueue(str(tmp_path), 2)

    tasks.drain(seconds=10)

    row = the_task()
    assert row.status == "READY"
    assert row.run_after <= timezone.now() + timedelta(seconds=tasks.RETRY_SECONDS)
    assert "attempt 1 fails" in row.traceback
    make_due()
    tasks.drain(seconds=10)
    assert the_task().status == "SUCCESSFUL"
    assert lines(tmp_path) == ["tried", "tried"]


@pytest.mark.django_db
def test_after_its_last_attempt_a_task_is_dead(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    queue_samples.fail_until.enqueue(str(tmp_path), 99)

    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            make_due()
            tasks.drain(seconds=10)

    assert the_task().status == "FAILED"
    assert lines(tmp_path) == ["tried"] * 3
    assert "task_dead" in caplog.messages


@pytest.mark.parametrize("attempt", [1, 4, 20])
def test_delays_grow_up_to_a_limit(attempt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", max)

    delay = tasks._retry_delay(attempt).total_seconds()

    assert delay == min(tasks.RETRY_SECONDS_MOST, tasks.RETRY_SECONDS * 2 ** (attempt - 1))


@pytest.mark.django_db
def test_a_task_that_gives_up_is_dead_at_once(tmp_path: Path) -> None:
    queue_samples.give_up.enqueue(str(tmp_path))

    tasks.drain(seconds=10)

    assert the_task().status == "FAILED"
    assert "gone for good" in the_task().traceback


@pytest.mark.django_db
def test_a_task_may_choose_its_own_delay(tmp_path: Path) -> None:
    queue_samples.come_back.enqueue(str(tmp_path))

    tasks.drain(seconds=10)

    assert the_task().run_after > timezone.now() + timedelta(minutes=59)


@pytest.mark.django_db
def test_a_task_for_later_waits(tmp_path: Path) -> None:
    tasks.enqueue_later(queue_samples.write_down, timedelta(hours=1), str(tmp_path), "a")

    assert tasks.drain(seconds=10) == 0
    make_due()
    assert tasks.drain(seconds=10) == 1


@pytest.mark.django_db
def test_the_same_task_that_waits_is_not_doubled(tmp_path: Path) -> None:
    first = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a")
    second = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "a")
    other = tasks.enqueue_once(queue_samples.write_down, str(tmp_path), "b")

    assert (first, second, other) == (True, False, True)


@pytest.mark.django_db
def test_arguments_that_are_no_json_fail_where_they_are_given(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        queue_samples.write_down.enqueue(tmp_path, "a")

    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_a_task_that_is_no_longer_there_is_dead_and_the_rest_goes_on(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "gone")
    DBTaskResult.objects.update(task_path="tests.chassis.queue_samples.removed")
    queue_samples.write_down.enqueue(str(tmp_path), "a")

    tasks.drain(seconds=10)

    assert lines(tmp_path) == ["a"]
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "SUCCESSFUL"]


@pytest.mark.django_db
def test_a_task_whose_worker_died_is_taken_up_again(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "a")
    tasks._claim()

    assert tasks.reclaim_expired() == 0
    assert tasks.reclaim_expired(timezone.now() + timedelta(minutes=11)) == 1
    make_due()
    assert tasks.drain(seconds=10) == 1
    assert lines(tmp_path) == ["a"]


@pytest.mark.django_db
def test_whoever_overran_the_lease_does_not_undo_the_next_ones_claim(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "a")
    slow = tasks._claim()
    tasks.reclaim_expired(timezone.now() + timedelta(minutes=11))
    make_due()
    tasks._claim()

    tasks._succeed(slow, "late")  # type: ignore[arg-type]

    assert the_task().status == "RUNNING"


@pytest.mark.django_db
def test_the_age_of_the_queue_is_that_of_the_oldest_due_task(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "a")
    tasks.enqueue_later(queue_samples.write_down, timedelta(hours=5), str(tmp_path), "later")

    age = tasks.queue_age_seconds(timezone.now() + timedelta(minutes=2))

    assert 119 < age < 130


@pytest.mark.django_db
def test_pruning_keeps_dead_letters_and_what_is_new(tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "old")
    queue_samples.give_up.enqueue(str(tmp_path))
    tasks.drain(seconds=10)
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=30))
    queue_samples.write_down.enqueue(str(tmp_path), "new")
    tasks.drain(seconds=10)

    assert tasks.prune_tasks(dry_run=True) == 1
    assert DBTaskResult.objects.count() == 3
    assert tasks.prune_tasks() == 1
    assert DBTaskResult.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_do_each_task_once(tmp_path: Path) -> None:
    wanted = [str(number) for number in range(30)]
    for text in wanted:
        queue_samples.write_down.enqueue(str(tmp_path), text)

    def work(_: int) -> int:
        try:
            return tasks.drain(seconds=30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        done = sum(workers.map(work, range(4)))

    assert done == 30
    assert sorted(lines(tmp_path), key=int) == wanted


@pytest.fixture
def admin_browser(db: None) -> Client:
    """A superuser in the admin."""
    user = get_user_model().objects.create_superuser("root", password="x" * 20)
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_dead_letter_shows_its_error_and_a_button_that_tries_again(
    admin_browser: Client, tmp_path: Path, run_tasks: Callable[[], int]
) -> None:
    queue_samples.give_up.enqueue(str(tmp_path))
    run_tasks()
    page = f"/admin/django_tasks_database/dbtaskresult/{the_task().pk}/"

    shown = admin_browser.get(f"{page}change/")
    pressed = admin_browser.post(f"{page}retry/", follow=True)

    assert "gone for good" in shown.content.decode()
    assert 'value="Try again"' in shown.content.decode()
    assert "1 task is tried again." in pressed.content.decode()
    assert the_task().status == "READY"
    assert the_task().worker_ids == []


def test_a_task_that_is_not_dead_has_no_button(admin_browser: Client, tmp_path: Path) -> None:
    queue_samples.write_down.enqueue(str(tmp_path), "a")

    shown = admin_browser.get(f"/admin/django_tasks_database/dbtaskresult/{the_task().pk}/change/")

    assert shown.status_code == 200
    assert 'value="Try again"' not in shown.content.decode()
