"""To how many a published release is offered: planned, grown by the clock, paused, resumed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from chassis.transactions import transactional
from updates import events
from updates.commands.requests import has_failed, request_publish
from updates.commands.steps import APPROVAL, audit, forget_approval, lock_release, set_state
from updates.errors import ReleaseClosed, ReleasePaused
from updates.models import LIVE_STATES, PERCENT_MOST, Release, ReleaseState, RolloutStep
from updates.rollout import Step, require_steps

CLOCK = "schedule"


@transactional
def plan_rollout(*, actor: str, release_id: UUID, steps: Sequence[Step]) -> Release:
    """Plan to how many a release is offered from when on; what was planned and is not due yet is replaced.

    A first step without a time counts at once, or as soon as the release is published. The same plan
    again changes nothing for anybody; a step that did not reach the edge is tried again.

    Raises:
        ReleaseNotFound, ReleasePaused.
        ReleaseClosed: it was withdrawn or discarded.
        InvalidInput: at the step: no percentage, falling, too late, or not one after the other.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.PAUSED:
        raise ReleasePaused
    if not release.is_open and release.state not in LIVE_STATES:
        raise ReleaseClosed(f"This release is {release.state}. Make a new one.", state=release.state)
    now = timezone.now()
    reached = None if release.is_open else release.rollout_percent
    require_steps(steps, reached=reached, now=now)
    wanted = [step for step in steps if step.percent != reached]
    if [(step.percent, step.due_at) for step in wanted] == _waiting(release):
        ask_again(release, actor)
        return release
    release.steps.filter(applied_at=None).delete()
    for step in wanted:
        RolloutStep.objects.create(
            release=release, percent=step.percent, due_at=step.due_at, created_by=actor
        )
    audit(release.channel.product, "rollout_planned", actor=actor, release=release, steps=_told(wanted))
    if release.is_open:
        forget_approval(release)
        set_state(release, ReleaseState(release.state), *APPROVAL)
        return release
    _wake(release)
    _take_due(release, now, actor=actor)
    ask_again(release, actor)
    return release


def release_to_everyone(*, actor: str, release_id: UUID) -> Release:
    """Offer a published release to all, now.

    Raises:
        As `plan_rollout`.
    """
    return plan_rollout(actor=actor, release_id=release_id, steps=[Step(PERCENT_MOST)])


@transactional
def advance_rollout(*, release_id: UUID) -> None:
    """Take the steps that are due. Doing it again, or while the release is paused, changes nothing."""
    release = lock_release(release_id)
    if release.state == ReleaseState.PUBLISHED:
        advance_locked(release)


@transactional
def pause_release(*, actor: str, release_id: UUID) -> Release:
    """Offer a release to nobody new, at once. Its files stay, and whoever has begun goes on.

    Again changes nothing, unless the publish failed: then it is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseClosed: it is not published.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.PAUSED and not has_failed(release):
        return release
    if release.state not in (*LIVE_STATES, ReleaseState.PAUSED):
        raise ReleaseClosed("Only what is published can be paused.", state=release.state)
    release.paused_at = release.paused_at or timezone.now()
    request_publish(release, actor, "pause")
    set_state(release, ReleaseState.PAUSED, "paused_at", "job")
    audit(release.channel.product, "release_paused", actor=actor, release=release)
    return release


@transactional
def resume_release(*, actor: str, release_id: UUID) -> Release:
    """Offer a paused release again, to as many as before; what was planned moves by the length of the pause.

    Again changes nothing, unless the publish failed: then it is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseClosed: it is not paused.
    """
    release = lock_release(release_id)
    if release.state in LIVE_STATES:
        ask_again(release, actor)
        return release
    if release.state != ReleaseState.PAUSED or release.paused_at is None:
        raise ReleaseClosed("Only what is paused can be resumed.", state=release.state)
    pause = timezone.now() - release.paused_at
    release.steps.filter(applied_at=None).exclude(due_at=None).update(due_at=F("due_at") + pause)
    release.paused_at = None
    request_publish(release, actor, "resume")
    set_state(release, ReleaseState.PUBLISHING, "paused_at", "job")
    audit(release.channel.product, "release_resumed", actor=actor, release=release)
    _wake(release)
    return release


def ask_again(release: Release, actor: str) -> None:
    """Have what is offered carried to the edge again if its last step did not get there."""
    if release.state not in LIVE_STATES or not release.has_failed_publish:
        return
    failed = release.job
    request_publish(release, actor, f"{release.rollout_percent} %")
    set_state(release, ReleaseState(release.state), "job")
    RolloutStep.objects.filter(release=release, job=failed).update(job=release.job)
    percent = release.rollout_percent
    audit(release.channel.product, "publish_asked_again", actor=actor, release=release, percent=percent)


def begin_rollout(release: Release) -> None:
    """With the first publish: the steps that are due by now; all installations where nothing was planned."""
    if not release.steps.exists():
        release.rollout_percent = PERCENT_MOST
        return
    release.rollout_percent = 0
    _reach(release, timezone.now())
    _wake(release)


def first_percent(release: Release) -> int:
    """To how many a release that is open would be offered, were it published now."""
    steps = list(release.steps.all())
    now = timezone.now()
    due = [step.percent for step in steps if step.due_at is None or step.due_at <= now]
    return max(due, default=0) if steps else PERCENT_MOST


def advance_locked(release: Release) -> None:
    """Take the steps that are due of a published release whose product is locked."""
    _take_due(release, timezone.now(), actor=CLOCK)


def _take_due(release: Release, now: datetime, *, actor: str) -> None:
    taken = _reach(release, now)
    if not taken:
        return
    request_publish(release, actor, f"{release.rollout_percent} %")
    set_state(release, ReleaseState(release.state), "rollout_percent", "job")
    RolloutStep.objects.filter(id__in=[step.id for step in taken]).update(job=release.job)
    planned_by = taken[-1].created_by
    product, percent = release.channel.product, release.rollout_percent
    audit(product, "rollout_grown", actor=actor, release=release, percent=percent, planned_by=planned_by)


def _reach(release: Release, now: datetime) -> list[RolloutStep]:
    """Note the steps that are due, and the percentage that they come to."""
    waiting = release.steps.filter(applied_at=None).order_by("percent")
    due = [step for step in waiting if step.due_at is None or step.due_at <= now]
    for step in due:
        step.applied_at = now
        step.save(update_fields=["applied_at"])
        release.rollout_percent = max(release.rollout_percent, step.percent)
    return due


def _wake(release: Release) -> None:
    """Have the steps taken that are not due yet."""
    for due_at in release.steps.filter(applied_at=None).exclude(due_at=None).values_list("due_at", flat=True):
        events.rollout_planned.send(sender=Release, release_id=release.id, due_at=due_at)


def _waiting(release: Release) -> list[tuple[int, datetime | None]]:
    steps = release.steps.filter(applied_at=None).order_by("percent")
    return [(step.percent, step.due_at) for step in steps]


def _told(steps: Sequence[Step]) -> list[dict[str, object]]:
    return [
        {"percent": step.percent, "due_at": step.due_at.isoformat() if step.due_at else None}
        for step in steps
    ]
