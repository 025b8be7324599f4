"""The life of a job: asked for, claimed, published or failed; each step one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chassis.errors import DomainError
from chassis.models import PublishedFile, PublishJob
from chassis.publishing import invalidation, steps
from chassis.publishing.leases import Lease
from chassis.publishing.registry import FollowUp, kind_named
from chassis.publishing.rules import CacheRule
from chassis.tasks import enqueue_later

log = logging.getLogger(__name__)

# With the growing delay of tasks this takes some minutes; then somebody has to look.
ATTEMPTS = 8
KEPT = timedelta(days=90)

State = PublishJob.State


def request(*, kind: str, argument: str, scope: str, title: str, requested_by: str) -> PublishJob:
    """Make a job and its task, in the current transaction."""
    from chassis.publishing.tasks import run_publish_job

    kind_named(kind)
    with transaction.atomic():
        job = PublishJob.objects.create(
            kind=kind,
            argument=argument,
            scope=scope,
            title=title[:255],
            requested_by=requested_by[:150],
        )
        run_publish_job.enqueue(str(job.id))
    return job


def try_again(job: PublishJob) -> bool:
    """Put a failed job back into the queue, with all its attempts; False when it is not failed."""
    from chassis.publishing.tasks import run_publish_job

    with transaction.atomic():
        failed = PublishJob.objects.filter(pk=job.pk, state=State.FAILED)
        if not failed.update(state=State.WAITING, attempts=0, finished_at=None):
            return False
        run_publish_job.enqueue(str(job.pk))
    return True


def claim(job_id: UUID) -> PublishJob | None:
    """Begin an attempt; None when the job is finished. Under the lease of its scope."""
    with transaction.atomic():
        job = PublishJob.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.is_finished:
            return None
        job.attempts += 1
        job.state = State.RUNNING
        job.started_at = job.started_at or timezone.now()
        job.save(update_fields=["attempts", "state", "started_at"])
    return job


def companions_of(job: PublishJob) -> list[UUID]:
    """Jobs that wait for the same. Their changes are committed, so a plan made from now on holds them."""
    waiting = PublishJob.objects.filter(
        scope=job.scope, state=State.WAITING, kind=job.kind, argument=job.argument
    )
    return list(waiting.exclude(pk=job.pk).order_by("requested_at").values_list("pk", flat=True))


def give_back(job: PublishJob, error: str = "", *, counts: bool = True) -> None:
    """Let the job wait for its next attempt."""
    attempts = job.attempts if counts else job.attempts - 1
    _unfinished(job.pk).update(state=State.WAITING, error=error, attempts=attempts)


def publish(
    job_id: UUID,
    lines: list[dict[str, Any]],
    *,
    carried_by: PublishJob | None = None,
    settle: Callable[[], None] = lambda: None,
) -> bool:
    """Finish a job with its receipt, and let its service go on, at once or not at all.

    `carried_by` is the job that did the work, and since whose request the lines count. `settle` is
    what the plan has to note.
    """

    def finish(job: PublishJob) -> None:
        settle()
        worker = carried_by or job
        earlier = round((worker.requested_at - job.requested_at).total_seconds() * 1000)
        files = [{**line, "milliseconds": line["milliseconds"] + earlier} for line in lines]
        job.receipt = {
            "milliseconds": files[0]["milliseconds"] if files else 0,
            **_counts(worker),
            "files": files,
            "invalidations": worker.receipt.get("invalidations", []),
        }
        job.state, job.error, job.errors = State.PUBLISHED, "", []

    return _finish(job_id, finish, lambda name: kind_named(name).published, "publish_finished")


def _counts(job: PublishJob) -> dict[str, int]:
    removed = PublishedFile.objects.filter(job=job.pk).exclude(removed_at=None).count()
    return {"written": PublishedFile.objects.filter(job=job.pk).count() - removed, "removed": removed}


def fail(job_id: UUID, error: Exception) -> bool:
    """Finish a job without success; its service is told."""

    def settle(job: PublishJob) -> None:
        job.state, job.error = State.FAILED, describe(error)
        found = error.errors if isinstance(error, DomainError) else ()
        job.errors = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in found]

    try:
        return _finish(job_id, settle, lambda name: kind_named(name).failed, "publish_failed")
    except Exception:
        # Nobody is there to be told, or could not be: the job has failed all the same.
        log.exception("publish_failure_untold", extra={"job": str(job_id)})
        return _finish(job_id, settle, lambda _: None, "publish_failed")


def _finish(
    job_id: UUID,
    settle: Callable[[PublishJob], None],
    follow_up_of: Callable[[str], FollowUp | None],
    event: str,
) -> bool:
    with transaction.atomic():
        job = PublishJob.objects.select_for_update().get(pk=job_id)
        settle(job)
        job.finished_at = timezone.now()
        job.save(update_fields=["state", "receipt", "error", "errors", "finished_at"])
        follow_up = follow_up_of(job.kind)
        if follow_up is not None:
            follow_up(job)
        steps.reached("followed_up")
    log.log(
        logging.INFO if job.state == State.PUBLISHED else logging.ERROR,
        event,
        extra={"job": str(job.pk), "kind": job.kind, "argument": job.argument, "error": job.error},
    )
    return True


def describe(error: Exception) -> str:
    """What a person reads in the admin."""
    return error.detail if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"


# --- What the edge is told ---------------------------------------------------------------------


def tell_edge(job: PublishJob, lease: Lease) -> None:
    """Have the edge forget its old copies of this scope's files.

    Also those that a job left behind which ended before it came so far.
    """
    from chassis.publishing.tasks import tell_edge_again

    stale = PublishedFile.objects.filter(scope=job.scope, is_stale_at_edge=True)
    keys = list(stale.order_by("key").values_list("key", flat=True))
    if not keys:
        return
    ids = invalidation.invalidate(keys, reference=f"{job.id}.{job.invalidation_round}")
    steps.reached("edge_told")
    with lease.fenced():
        PublishedFile.objects.filter(scope=job.scope, is_stale_at_edge=True).update(
            is_stale_at_edge=False, job=job
        )
        job.receipt = {"invalidations": [*job.receipt.get("invalidations", []), *ids]}
        job.save(update_fields=["receipt"])
        if ids:
            window = timedelta(seconds=settings.PUBLISHING_FETCH_WINDOW_SECONDS)
            enqueue_later(tell_edge_again, window, str(job.id), job.invalidation_round)


def tell_edge_once_more(job_id: UUID, invalidation_round: int) -> list[str]:
    """The same again: a fetch that began before the first time may have left an old copy since."""
    changed = PublishedFile.objects.filter(job=job_id).exclude(rule=CacheRule.IMMUTABLE.name, removed_at=None)
    keys = list(changed.order_by("key").values_list("key", flat=True))
    return invalidation.invalidate(keys, reference=f"{job_id}.{invalidation_round}.again") if keys else []


def mark_stale(job: PublishJob, keys: list[str]) -> None:
    """The edge went on with old copies of these: it is told anew in the next attempt."""
    with transaction.atomic():
        PublishedFile.objects.filter(key__in=keys, scope=job.scope).update(is_stale_at_edge=True)
        job.invalidation_round += 1
        job.save(update_fields=["invalidation_round"])


def prune(*, older_than: timedelta = KEPT) -> int:
    """Delete jobs that were published long ago; how many. Failed ones stay until somebody decides."""
    old = PublishJob.objects.filter(state=State.PUBLISHED, requested_at__lt=timezone.now() - older_than)
    count, _ = old.delete()
    return count


def _unfinished(job_id: UUID) -> Any:
    return PublishJob.objects.filter(pk=job_id, state__in=(State.WAITING, State.RUNNING))
