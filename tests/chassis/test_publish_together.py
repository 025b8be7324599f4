"""Several jobs at once: one scope, one writer; what waits for the same is done together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from chassis import publishing, tasks
from chassis.models import PublishedFile, PublishLease
from chassis.publishing import CacheRule, Plan, PublicFile, leases, registry, runner
from chassis.publishing.errors import LeaseLost
from tests.chassis.publishing_samples import Shelf
from tests.chassis.test_publish import get, publish


@pytest.fixture
def register() -> Iterator[Any]:
    """`register("kind", plan=…)` for one test."""
    before = dict(registry._kinds)
    yield publishing.register
    registry._kinds.clear()
    registry._kinds.update(before)


def page(key: str, text: str) -> PublicFile:
    """A page."""
    return PublicFile(key, text.encode(), "text/html; charset=utf-8", CacheRule.PAGE)


@pytest.mark.django_db
def test_jobs_that_wait_for_the_same_are_one_piece_of_work_with_a_receipt_each(
    shelf, run_tasks, calls_of_the_store
):
    shelf.put("a.html", "a")
    requested = [shelf.request(by) for by in ("alice", "bob", "alice")]
    calls_of_the_store.clear()

    run_tasks()

    assert calls_of_the_store == [("PutObject", shelf.key("a.html"))]
    for job in requested:
        job.refresh_from_db()
        assert (job.state, job.receipt["written"], len(job.receipt["files"])) == ("published", 1, 1)
    first, _, last = requested
    # Each from its own request.
    assert first.receipt["milliseconds"] >= last.receipt["milliseconds"]
    assert Group.objects.filter(name__startswith="published").count() == 3


@pytest.mark.django_db
def test_a_job_for_something_else_is_not_carried_along(make_shelf, run_tasks):
    one, other = make_shelf(), make_shelf()
    other.scope = one.scope
    one.request()
    refused = other.request()
    other.set(refused="no")

    run_tasks()

    refused.refresh_from_db()
    assert refused.state == "failed"


@pytest.mark.django_db
def test_a_request_that_comes_after_the_plan_is_a_piece_of_work_of_its_own(shelf, run_tasks, register):
    texts = iter(["first", "second"])
    late = []

    def plan(argument: str) -> Plan:
        text = next(texts)
        if text == "first":
            late.append(
                publishing.request(kind="late", argument=argument, scope="late", title="", requested_by="")
            )
        return Plan([page(shelf.key("a.html"), text)])

    register("late", plan=plan)
    publishing.request(kind="late", argument="x", scope="late", title="", requested_by="")

    run_tasks()

    assert get(shelf, "a.html").text == "second"
    late[0].refresh_from_db()
    assert (late[0].state, late[0].receipt["written"]) == ("published", 1)


@pytest.mark.django_db
def test_a_job_whose_scope_is_busy_waits_without_using_up_an_attempt(shelf, run_tasks, let_time_pass):
    shelf.put("a.html", "a")
    lease = leases.acquire(shelf.scope)
    assert lease is not None

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts) == ("waiting", 0)
    assert get(shelf, "a.html").status_code == 404
    lease.release()
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("published", 1)


@pytest.mark.django_db
def test_the_lease_of_a_worker_that_is_gone_runs_out():
    gone = leases.acquire("scope")
    assert gone is not None
    assert leases.acquire("scope") is None

    PublishLease.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert leases.acquire("scope") is not None
    with pytest.raises(LeaseLost):
        gone.renew()
    with pytest.raises(LeaseLost), gone.fenced():
        pytest.fail("It writes rows though another holds the lease.")
    gone.release()
    assert leases.acquire("scope") is None


@pytest.mark.django_db
def test_a_lease_without_time_left_overwrites_nothing_unseen():
    lease = leases.acquire("scope")
    assert lease is not None
    lease.require_time()

    lease.until = timezone.now() + timedelta(seconds=1)

    with pytest.raises(LeaseLost):
        lease.require_time()


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_does_not_write_its_rows(shelf, run_tasks, register, let_time_pass):
    texts = iter(["slow", "fast"])

    def plan(argument: str) -> Plan:
        text = next(texts)
        if text == "slow":
            PublishLease.objects.filter(scope=shelf.scope).update(holder=None)
            assert leases.acquire(shelf.scope)
        return Plan([page(shelf.key("a.html"), text)])

    register("stalled", plan=plan)
    job = publishing.request(kind="stalled", argument="", scope=shelf.scope, title="", requested_by="")

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.error) == ("waiting", f"LeaseLost: {shelf.scope}")
    assert not PublishedFile.objects.filter(key=shelf.key("a.html")).exists()
    PublishLease.objects.update(until=timezone.now() - timedelta(seconds=1))
    let_time_pass()
    run_tasks()
    assert get(shelf, "a.html").text == "fast"


@pytest.mark.django_db
def test_a_long_job_goes_on_in_another_task_and_uses_up_no_attempt(shelf, run_tasks, monkeypatch):
    monkeypatch.setattr(runner, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(runner, "BATCH_FILES", 10)
    for number in range(25):
        shelf.put(f"{number}.html", f"page {number}")

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts, job.receipt["written"]) == ("published", 1, 25)
    slices = DBTaskResult.objects.filter(task_path__endswith="run_publish_job", status="SUCCESSFUL")
    assert slices.count() == 4


@pytest.mark.django_db
def test_of_a_plan_that_is_a_generator_a_few_bodies_are_held_at_a_time(
    shelf, run_tasks, register, monkeypatch
):
    monkeypatch.setattr(runner, "BATCH_FILES", 8)
    alive, most = 0, 0

    class Body(bytes):
        def __new__(cls, text: str) -> Body:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            return super().__new__(cls, text.encode())

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def plan(argument: str) -> Plan:
        def files() -> Iterator[PublicFile]:
            for number in range(60):
                # A pointer's body is made when its turn comes.
                yield PublicFile(
                    shelf.key(f"{number}.json"),
                    partial(Body, str(number)),
                    "application/json",
                    CacheRule.LISTING,
                )
                yield PublicFile(shelf.key(f"{number}.png"), Body(str(number)), "image/png", CacheRule.PAGE)

        return Plan(files())

    register("many", plan=plan)
    job = publishing.request(kind="many", argument="", scope=shelf.scope, title="", requested_by="")

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.receipt["written"]) == ("published", 120)
    assert most <= 3 * runner.BATCH_FILES


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_publish_one_scope_one_after_the_other(make_shelf, register):
    shelf: Shelf = make_shelf()
    inside, overlaps, numbers = threading.Semaphore(1), [], iter(range(100))

    def plan(argument: str) -> Plan:
        if not inside.acquire(blocking=False):
            overlaps.append(argument)
        return Plan(
            _leaving(
                inside,
                [
                    page(shelf.key(f"{argument}.html"), argument),
                    page(shelf.key("home.html"), f"{next(numbers)}"),
                ],
            )
        )

    register("busy", plan=plan)
    requested = [
        publishing.request(kind="busy", argument=f"p{number}", scope=shelf.scope, title="", requested_by="")
        for number in range(6)
    ]

    def work(_: int) -> None:
        try:
            for _ in range(60):
                tasks.drain(seconds=20)
                DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))

    for job in requested:
        job.refresh_from_db()
        assert (job.state, job.error) == ("published", "")
    assert overlaps == []
    assert get(shelf, "home.html").text == "5"
    assert connection.vendor in ("sqlite", "postgresql")


def _leaving(inside: threading.Semaphore, files: list[PublicFile]) -> Iterator[PublicFile]:
    yield from files
    inside.release()
