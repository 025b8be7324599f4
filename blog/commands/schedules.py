"""Publishing and taking back at a time that an editor chose. The task queue keeps the time."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from blog import events
from blog.commands.posts import locked_post
from blog.commands.publishing import PHOTO_NOT_READY, publish_post, require_publishable, unpublish_post
from blog.models import Post, Schedule, ScheduledAction, ScheduleState
from blog.roles import Actor, editor, require_editor
from chassis.errors import FieldError, InvalidInput
from chassis.tasks import Retry
from chassis.transactions import transactional

FURTHEST = timedelta(days=5 * 366)
# For so long a due post waits for the sizes of its photos: ever more seldom, within the task's attempts.
PHOTOS_MOST = timedelta(hours=6)
PHOTOS_SOONEST, PHOTOS_LATEST = timedelta(seconds=15), timedelta(hours=1)
# By which each action is named at its door.
FIELDS = {ScheduledAction.PUBLISH: "publish_at", ScheduledAction.UNPUBLISH: "unpublish_at"}


@transactional
def schedule_post(
    *,
    actor: Actor,
    post_id: UUID,
    changes: dict[ScheduledAction, datetime | None],
    if_versions: frozenset[int] | None = None,
) -> Post:
    """Plan when a post goes public or is taken back; None cancels. What is not named stays as planned.

    A plan that changes is a new version of the post, so that nobody overrules one that they have not seen.

    Raises:
        EditorsOnly, PostNotFound, VersionMismatch.
        InvalidInput: at `/publish_at` or `/unpublish_at`, or at what keeps the post from being published.
    """
    require_editor(actor)
    post = locked_post(post_id, if_versions)
    changed = {action: due_at for action, due_at in changes.items() if not _is_planned(post, action, due_at)}
    for action, due_at in changed.items():
        _waiting(post).filter(action=action).update(
            state=ScheduleState.CANCELLED, done_at=timezone.now(), note=actor.subject
        )
        if due_at is None:
            continue
        _require_time(action, due_at)
        if action == ScheduledAction.PUBLISH:
            require_publishable(post)
        made = Schedule.objects.create(
            post=post,
            action=action,
            due_at=due_at,
            revision_number=post.revision_number,
            requested_by=actor.subject,
        )
        events.post_scheduled.send(sender=Schedule, schedule_id=made.id, due_at=due_at)
    _require_order(post)
    if changed:
        _count_version(post)
    return post


@transactional
def carry_out(*, schedule_id: UUID) -> None:
    """Do what was planned, when its time has come, in the name of the editor who planned it.

    Twice, or after it was cancelled, it does nothing.

    Raises:
        Retry: the sizes of a photo are being made.
    """
    found = Schedule.objects.filter(id=schedule_id, state=ScheduleState.WAITING).first()
    if found is None or found.due_at > timezone.now():
        return
    # The post first, as everywhere; then whether the plan still holds.
    post = locked_post(found.post_id, None)
    schedule = Schedule.objects.select_for_update().get(id=schedule_id)
    if schedule.state != ScheduleState.WAITING:
        return
    planner = editor(schedule.requested_by)
    try:
        if schedule.action == ScheduledAction.UNPUBLISH:
            unpublish_post(actor=planner, post_id=post.id)
        elif post.revision_number != schedule.revision_number:
            raise InvalidInput(
                _("A writer has changed the draft since it was planned. Look at it, and plan anew.")
            )
        else:
            publish_post(actor=planner, post_id=post.id)
    except InvalidInput as error:
        _wait_for_photos(schedule, error)
        _count_version(post)
        schedule.state, schedule.note = ScheduleState.FAILED, error.detail[:500]
    else:
        schedule.state = ScheduleState.DONE
    schedule.done_at = timezone.now()
    schedule.save(update_fields=["state", "note", "done_at"])


def _wait_for_photos(schedule: Schedule, error: InvalidInput) -> None:
    late = timezone.now() - schedule.due_at
    if {one.code for one in error.errors} == {PHOTO_NOT_READY} and late < PHOTOS_MOST:
        raise Retry(min(max(late, PHOTOS_SOONEST), PHOTOS_LATEST), error.detail) from error


def _waiting(post: Post) -> QuerySet[Schedule]:
    return Schedule.objects.filter(post=post, state=ScheduleState.WAITING)


def _is_planned(post: Post, action: ScheduledAction, due_at: datetime | None) -> bool:
    """Whether just this is planned, of the text as it is now."""
    found = _waiting(post).filter(action=action).values_list("due_at", "revision_number").first()
    return found == (None if due_at is None else (due_at, post.revision_number))


def _count_version(post: Post) -> None:
    post.version += 1
    post.save(update_fields=["version", "updated_at"])


def _require_time(action: ScheduledAction, due_at: datetime) -> None:
    now = timezone.now()
    if due_at <= now:
        raise _invalid(action, "past", _("This time is over. Choose one that comes."))
    if due_at > now + FURTHEST:
        raise _invalid(action, "too-far", _("This is more than five years away."))


def _require_order(post: Post) -> None:
    due = dict(_waiting(post).values_list("action", "due_at"))
    publish_at, unpublish_at = due.get(ScheduledAction.PUBLISH), due.get(ScheduledAction.UNPUBLISH)
    if publish_at and unpublish_at and unpublish_at <= publish_at:
        detail = _("A post is taken back after it went public.")
        raise _invalid(ScheduledAction.UNPUBLISH, "before-publish", detail)


def _invalid(action: ScheduledAction, code: str, detail: str) -> InvalidInput:
    pointer = f"/{FIELDS[action]}"
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
