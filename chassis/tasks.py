"""Background work on the database queue: django-tasks, and what its database backend lacks.

A task row commits with the change that caused it. The backend has neither retry nor lease; here
are a growing delay with jitter, a lease so that a killed worker's task is taken up again, and a
dead letter (FAILED, with its error) that the admin shows and can try again. See ADR 0001.

    @task(attempts=5, lease=timedelta(minutes=10))
    def prepare_photo(photo_id: str) -> None: ...

    prepare_photo.enqueue(str(photo.id))         # in the current transaction
    enqueue_later(prepare_photo, timedelta(hours=1), str(photo.id))
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import format_exception
from typing import Any

import django_tasks
from django.core.exceptions import SuspiciousOperation
from django.db import close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from chassis.logs import log_context

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
    *, attempts: int = 5, lease: timedelta = timedelta(minutes=10), priority: int = 0
) -> Callable[[Callable[..., Any]], Task[..., Any]]:
    """Declare a background task. Arguments are JSON; it may run twice, so it must be safe to."""

    def declare(function: Callable[..., Any]) -> Task[..., Any]:
        declared = django_tasks.task(priority=priority)(function)
        _policies[declared.module_path] = Policy(attempts, lease)
        return declared

    return declare


def enqueue_later(declared: Task[..., Any], delay: timedelta, *args: Any, **kwargs: Any) -> None:
    """Enqueue in the current transaction, to be run not before `delay` from now."""
    declared.using(run_after=timezone.now() + delay).enqueue(*args, **kwargs)


def enqueue_once(
    declared: Task[..., Any], *args: Any, delay: timedelta = timedelta(0), **kwargs: Any
) -> bool:
    """Enqueue unless the same task with the same arguments waits already; whether it was enqueued.

    Two callers at the same moment may both enqueue: the task is safe to run twice.
    """
    waiting = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY,
        task_path=declared.module_path,
        args_kwargs={"args": list(args), "kwargs": kwargs},
    )
    if waiting.exists():
        return False
    if delay:
        enqueue_later(declared, delay, *args, **kwargs)
    else:
        declared.enqueue(*args, **kwargs)
    return True


# --- Doing the work ---------------------------------------------------------------------------


def drain(
    *, seconds: float, margin_seconds: float = 0.0, should_stop: Callable[[], bool] = lambda: False
) -> int:
    """Do what is due until nothing is left or the time is up; the number of tasks run.

    No task is begun in the last `margin_seconds`. Safe in a Lambda function: no signals, no sleep.
    """
    deadline = time.monotonic() + seconds - margin_seconds
    reclaim_expired()
    done = 0
    while time.monotonic() < deadline and not should_stop():
        if not run_next():
            break
        done += 1
    return done


def run_next() -> bool:
    """Claim and run the next due task; whether there was one."""
    row = _claim()
    if row is None:
        return False
    _run(row)
    return True


def reclaim_expired(now: datetime | None = None) -> int:
    """Give tasks whose lease ran out back to the queue, or to the dead letters; how many there were."""
    now = now or timezone.now()
    count = 0
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        policy = _policy(row)
        if row.started_at is not None and row.started_at + policy.lease < now:
            error = LeaseExpired(f"The worker did not finish within {policy.lease}.")
            _give_back(row, error, delay=timedelta(0))
            count += 1
    return count


def queue_age_seconds(now: datetime | None = None) -> float:
    """For how long the oldest due task has waited; 0 where none waits."""
    now = now or timezone.now()
    oldest = 0.0
    for row in _due(now).only("enqueued_at", "run_after"):
        since = row.enqueued_at if row.run_after == get_date_max() else max(row.enqueued_at, row.run_after)
        oldest = max(oldest, (now - since).total_seconds())
    return oldest


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
    done = DBTaskResult.objects.filter(
        status=TaskResultStatus.SUCCESSFUL, finished_at__lt=timezone.now() - older_than
    )
    count = done.count()
    if not dry_run:
        done.delete()
    return count


def _due(now: datetime) -> Any:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
        Q(run_after=get_date_max()) | Q(run_after__lte=now)
    )


def _renew_connections() -> None:
    """As between two requests. Inside a transaction the connection is the caller's."""
    if not connection.in_atomic_block:
        close_old_connections()


def _claim() -> DBTaskResult[..., Any] | None:
    _renew_connections()
    now = timezone.now()
    if not _due(now).exists():
        return None  # Looking needs no lock; SQLite would take its only write lock.
    with transaction.atomic():
        row: DBTaskResult[..., Any] | None = _due(now).select_for_update(skip_locked=True).first()
        if row is not None:
            row.claim(uuid.uuid4().hex)
    return row


def _run(row: DBTaskResult[..., Any]) -> None:
    token = log_context.set(
        {"task": row.task_path, "task_id": str(row.pk), "attempt": str(len(row.worker_ids))}
    )
    started = time.perf_counter()
    try:
        log.info("task_started")
        arguments = row.args_kwargs
        value = row.task.call(*arguments["args"], **arguments["kwargs"])
        _succeed(row, value)
        log.info("task_finished", extra={"milliseconds": round((time.perf_counter() - started) * 1000, 1)})
    except Exception as error:
        _fail(row, error)
    finally:
        log_context.reset(token)
        _renew_connections()


def _fail(row: DBTaskResult[..., Any], error: Exception) -> None:
    if isinstance(error, Discard | ImportError | SuspiciousOperation):
        # A task that a deployment removed can be tried again from the admin when it is back.
        _bury(row, error)
    elif isinstance(error, Retry):
        _give_back(row, error, delay=error.delay)
    else:
        _give_back(row, error, delay=_retry_delay(len(row.worker_ids)))


def _give_back(row: DBTaskResult[..., Any], error: Exception, *, delay: timedelta) -> None:
    if len(row.worker_ids) >= _policy(row).attempts:
        _bury(row, error)
        return
    changed = _mine(row).update(
        status=TaskResultStatus.READY,
        run_after=timezone.now() + delay,
        exception_class_path=_class_path(error),
        traceback=_traceback(error),
    )
    if changed:
        log.warning("task_retry", extra={"error": repr(error), "delay_seconds": delay.total_seconds()})


def _bury(row: DBTaskResult[..., Any], error: Exception) -> None:
    changed = _mine(row).update(
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path=_class_path(error),
        traceback=_traceback(error),
    )
    if changed:
        log.error("task_dead", extra={"error": repr(error)}, exc_info=error)


def _succeed(row: DBTaskResult[..., Any], value: Any) -> None:
    changed = _mine(row).update(
        status=TaskResultStatus.SUCCESSFUL,
        finished_at=timezone.now(),
        return_value=value,
        exception_class_path="",
        traceback="",
    )
    if not changed:
        log.warning("task_overran_lease")


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


def _class_path(error: Exception) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _traceback(error: Exception) -> str:
    return "".join(format_exception(error))
