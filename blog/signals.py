"""What a fact causes: a task, enqueued in the transaction of the fact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from blog import events, tasks
from chassis.tasks import enqueue_later, enqueue_once


@receiver(events.photo_added)
def prepare_photo(photo_id: UUID, **_: Any) -> None:
    """A photo that was added gets its renditions."""
    tasks.make_renditions.enqueue(str(photo_id))


@receiver(events.photo_deleted)
def forget_photo(photo_id: UUID, **_: Any) -> None:
    """A deleted photo's files go after the time in which pages that show it may still be open."""
    enqueue_later(tasks.purge_photo, timedelta(days=settings.BLOG_PHOTO_GRACE_DAYS), str(photo_id))


@receiver(events.photo_outdated)
def renew_photo(photo_id: UUID, **_: Any) -> None:
    """Its files are made anew, beside those that readers have."""
    tasks.renew_renditions.enqueue(str(photo_id))


@receiver(events.renditions_retired)
def forget_renditions(**_: Any) -> None:
    """Their files go after the time in which pages that name them may still be open."""
    grace = timedelta(days=settings.BLOG_PHOTO_GRACE_DAYS, minutes=1)
    enqueue_once(tasks.forget_renditions, delay=grace)


@receiver(events.post_published)
def read_author_profile(author_id: UUID, **_: Any) -> None:
    """Whoever is read about wants to be named as they are named now."""
    enqueue_once(tasks.read_author_profile, str(author_id), key=f"author:{author_id}")


@receiver(events.tag_renamed)
def index_tag(tag_id: UUID, **_: Any) -> None:
    """Posts are found by the names that their tags have."""
    tasks.index_tag.enqueue(str(tag_id))


@receiver(events.subscriber_added)
@receiver(events.mail_queued)
def send_mail(mail_id: UUID, **_: Any) -> None:
    """A mail that is wanted is sent."""
    tasks.send_mail.enqueue(str(mail_id))


@receiver(events.mailing_due)
def run_mailing(post_id: UUID, **_: Any) -> None:
    """What is left of a mailing goes out. Another task of the same mailing that waits does it as well."""
    enqueue_once(tasks.run_mailing, str(post_id))


@receiver(events.post_scheduled)
def carry_out(schedule_id: UUID, due_at: datetime, **_: Any) -> None:
    """What is planned is done at its time."""
    enqueue_later(tasks.carry_out, due_at - timezone.now(), str(schedule_id))
