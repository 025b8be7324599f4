"""Background work on the database queue: django-tasks, and what its database backend lacks.

A task row commits with the change that caused it. The backend has neither retry nor lease; here
are a growing delay with jitter, a lease so that a killed worker's task is taken up again, and a
dead letter (FAILED, with its error) that the admin shows and can try again. See ADR 0001.

    @task(attempts=5, lease=timedelta(minutes=10))
    def prepare_photo(photo_id: str) -> None: ...

    prepare_photo.enqueue(str(photo.id))         # in the current transaction
    enqueue_later(prepare_photo, timedelta(hours=1), str(photo.id))
    enqueue_once(write_snapshot, subject, key=subject)   # unless it waits already
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any

import django_tasks
from django.core.exceptions import SuspiciousOperation
from django.db import close_old_connections, connection, transaction
from django.db.models import Case, F, Min, Q, When
from django.db.models.functions import Greatest
from django.utils import timezone
from django_tasks.base import DEFAULT_TASK_QUEUE_NAME, Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from chassis import task_keys
from chassis.logs import log_context
from chassis.models import TaskKey

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
RETRY_SECONDS_MOST = 15 * 60.0
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Policy:
    """How often a task is tried, and after how long its worker counts as dead."""

    attempts: int = 5
    lease: timedelta = timedelta(minutes=10)


_policies: dict[str, Policy] = {}


class Retry(Exception):
    """Raised by a task: not now, but after `delay`. Counts as an attempt."""

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        self.delay = delay
        super().__init__(reason or f"again in {delay}")


class Discard(Exception):
    """Raised by a task: it can never succeed. Straight to the dead letters."""


class LeaseExpired(Exception):
    """The worker of a task did not finish within its lease."""


def task(
    *,
    attempts: int = 5,
    lease: timedelta = timedelta(minutes=10),
    queue_name: str = DEFAULT_TASK_QUEUE_NAME,
    priority: int = 0,
) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Declare a background task. Arguments are JSON; it may run twice, so it must be safe to.

    A worker takes every queue unless it is told which ones: `queue_name` sets apart what needs
    another kind of worker, such as more memory. A higher `priority` (-100 to 100) goes first.
    """

    def declare(function: Callable[..., Any]) -> Task[..., Any]:
        declared = django_tasks.task(priority=priority, queue_name=queue_name)(function)
        _policies[declared.module_path] = Policy(attempts, lease)
        return declared

    return declare


def enqueue_later(declared: Task[..., Any], delay: timedelta, *args: Any, **kwargs: Any) -> None:
    """Enqueue in the current transaction, to be run not before `delay` from now."""
    declared.using(run_after=timezone.now() + delay).enqueue(*args, **kwargs)


def enqueue_once(
    declared: Task[..., Any],
    *args: Any,
    key: str | None = None,
    delay: timedelta = timedelta(0),
    **kwargs: Any,
) -> bool:
    """Enqueue unless this task waits already under the same key; whether it was enqueued.

    Without a `key` the arguments are it. The task that waits keeps its own arguments and time, and
    no worker takes it before the current transaction has ended: whatever this transaction changes,
    the task will see. One that is running may have looked already, so it does not count.
    """
    digest = task_keys.digest_of(declared.module_path, [args, kwargs] if key is None else key)
    if task_keys.is_waiting(digest):
        return False
    with transaction.atomic(savepoint=False):
        now = timezone.now()
        if task_keys.lock_waiting(task_keys.lock(digest, now)):
            return False
        due = now + delay if delay else None
        task_id = uuid.UUID(declared.using(run_after=due).enqueue(*args, **kwargs).id)
        task_keys.keep(digest, task_id)
    return True


# --- Doing the work ---------------------------------------------------------------------------


def drain(
    *,
    seconds: float,
    margin_seconds: float = 0.0,
    should_stop: Callable[[], bool] = lambda: False,
    queues: Sequence[str] = (),
) -> int:
    """Do what is due until nothing is left or the time is up; the number of tasks run.

    No task is begun in the last `margin_seconds`. Safe in a Lambda function: no signals, no sleep.
    `queues` names the only ones to take from.
    """
    deadline = time.monotonic() + seconds - margin_seconds
    reclaim_expired()
    done = 0
    while time.monotonic() < deadline and not should_stop():
        if not run_next(queues):
            break
        done += 1
    return done


def run_next(queues: Sequence[str] = ()) -> bool:
    """Claim and run the next due task, of these queues or of any; whether there was one."""
    row = _claim(queues)
    if row is None:
        return False
    _run(row)
    return True


def reclaim_expired(now: datetime | None = None) -> int:
    """Give tasks whose lease ran out back to the queue, or to the dead letters; how many there were."""
    now = now or timezone.now()
    count = 0
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        lease = _policy(row).lease
        if row.started_at is not None and row.started_at + lease < now:
            with _logged_as(row):
                count += _give_back(row, LeaseExpired(f"The worker did not finish within {lease}."))
    return count


def queue_age_seconds(now: datetime | None = None) -> float:
    """For how long the oldest due task has waited; 0 where none waits. One query."""
    now = now or timezone.now()
    since = Case(
        When(run_after=get_date_max(), then=F("enqueued_at")), default=Greatest("enqueued_at", "run_after")
    )
    oldest: datetime | None = _due(now).aggregate(since=Min(since))["since"]
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def seconds_until_next(now: datetime | None = None) -> float | None:
    """Until a task is due: 0 when one is, None when none waits. One query."""
    now = now or timezone.now()
    due = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default="run_after")
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    first: datetime | None = waiting.aggregate(first=Min(due))["first"]
    return None if first is None else max(0.0, (first - now).total_seconds())


def retry_dead_letter(row: DBTaskResult[..., Any]) -> bool:
    """Put a dead letter back into the queue with all its attempts; False when it is none any more."""
    changed = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.FAILED).update(
        status=TaskResultStatus.READY,
        run_after=timezone.now(),
        worker_ids=[],
        started_at=None,
        finished_at=None,
    )
    return bool(changed)


def prune_tasks(*, older_than: timedelta = KEPT, dry_run: bool = False) -> int:
    """Delete tasks that succeeded long ago; how many. Dead letters stay until somebody decides."""
    long_ago = timezone.now() - older_than
    done = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=long_ago)
    if dry_run:
        return done.count()
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    TaskKey.objects.filter(changed_at__lt=long_ago).exclude(task_id__in=waiting.values("pk")).delete()
    count, _ = done.delete()
    return count


def _due(now: datetime, queues: Sequence[str] = ()) -> Any:
    rows = DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
        Q(run_after=get_date_max()) | Q(run_after__lte=now)
    )
    return rows.filter(queue_name__in=queues) if queues else rows


def _renew_connections() -> None:
    """As between two requests. Inside a transaction the connection is the caller's."""
    if not connection.in_atomic_block:
        close_old_connections()


def _claim(queues: Sequence[str] = ()) -> DBTaskResult[..., Any] | None:
    _renew_connections()
    now = timezone.now()
    if not _due(now, queues).exists():
        return None  # Looking needs no lock; SQLite would take its only write lock.
    with transaction.atomic():
        row: DBTaskResult[..., Any] | None = _due(now, queues).select_for_update(skip_locked=True).first()
        if row is not None:
            row.claim(uuid.uuid4().hex)
    return row


def _run(row: DBTaskResult[..., Any]) -> None:
    started = time.perf_counter()
    with _logged_as(row):
        try:
            log.info("task_started")
            arguments = row.args_kwargs
            value = _declared(row).call(*arguments["args"], **arguments["kwargs"])
            _succeed(row, value, started=started)
        except (Exception, SystemExit) as error:
            _fail(row, error, started=started)
        finally:
            _renew_connections()


@contextmanager
def _logged_as(row: DBTaskResult[..., Any]) -> Iterator[None]:
    """Everything logged within names the task, and the request that enqueued it."""
    attempt = {"task": row.task_path, "task_id": str(row.pk), "attempt": str(len(row.worker_ids))}
    token = log_context.set({**row.args_kwargs.get("context", {}), **attempt})
    try:
        yield
    finally:
        log_context.reset(token)


def _declared(row: DBTaskResult[..., Any]) -> Any:
    try:
        return row.task
    except (ImportError, SuspiciousOperation) as error:
        # It can be tried again from the admin when the code is back.
        raise Discard(f"There is no task {row.task_path}. Did a deployment remove it?") from error


def _fail(row: DBTaskResult[..., Any], error: BaseException, *, started: float) -> None:
    if isinstance(error, Discard):
        _bury(row, error, started=started)
    else:
        delay = error.delay if isinstance(error, Retry) else _retry_delay(len(row.worker_ids))
        _give_back(row, error, delay=delay, started=started)


def _give_back(
    row: DBTaskResult[..., Any],
    error: BaseException,
    *,
    delay: timedelta = timedelta(0),
    started: float | None = None,
) -> int:
    if len(row.worker_ids) >= _policy(row).attempts:
        return _bury(row, error, started=started)
    again_at = timezone.now() + delay
    changed = _finish(row, error, started, status=TaskResultStatus.READY, run_after=again_at)
    if changed:
        facts = {"error": repr(error), "delay_seconds": delay.total_seconds(), **_duration(started)}
        log.warning("task_retry", extra=facts)
    return changed


def _bury(row: DBTaskResult[..., Any], error: BaseException, *, started: float | None) -> int:
    changed = _finish(row, error, started, status=TaskResultStatus.FAILED, finished_at=timezone.now())
    if changed:
        log.error("task_dead", extra={"error": repr(error), **_duration(started)}, exc_info=error)
    return changed


def _succeed(row: DBTaskResult[..., Any], value: Any, *, started: float | None = None) -> None:
    status, now = TaskResultStatus.SUCCESSFUL, timezone.now()
    if _finish(row, None, started, status=status, finished_at=now, return_value=value):
        log.info("task_finished", extra=_duration(started))


def _finish(
    row: DBTaskResult[..., Any], error: BaseException | None, started: float | None, **changes: Any
) -> int:
    """Write how an attempt ended, if this claim still holds; the number of rows written."""
    said = {"exception_class_path": "", "traceback": ""} if error is None else _said(error)
    changed: int = _mine(row).update(**said, **changes)
    if not changed and started is not None:
        log.warning("task_overran_lease", extra=_duration(started))
    return changed


def _duration(started: float | None) -> dict[str, float]:
    """How long the attempt took, where this process saw it begin."""
    return {} if started is None else {"milliseconds": round((time.perf_counter() - started) * 1000, 1)}


def _mine(row: DBTaskResult[..., Any]) -> Any:
    """The row, if this claim still holds: who overran the lease must not undo the next worker's work."""
    return DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at, worker_ids=row.worker_ids
    )


def _policy(row: DBTaskResult[..., Any]) -> Policy:
    if row.task_path not in _policies:
        try:
            _ = row.task  # Importing the module registers its policies.
        except (ImportError, SuspiciousOperation):
            return Policy()
    return _policies.get(row.task_path, Policy())


def _retry_delay(attempt: int) -> timedelta:
    """Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
    ceiling = min(RETRY_SECONDS_MOST, RETRY_SECONDS * 2 ** (attempt - 1))
    return timedelta(seconds=random.uniform(0, ceiling))  # noqa: S311 - no secret


def _said(error: BaseException) -> dict[str, str]:
    return {
        "exception_class_path": f"{type(error).__module__}.{type(error).__qualname__}",
        "traceback": "".join(format_exception(error)),
    }
