"""What follows from a fact: a task whose row commits with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from chassis.housekeeping import housekeeping_due
from chassis.tasks import enqueue_later, enqueue_once
from updates import commands, events, tasks


@receiver(events.artifact_uploaded)
def verify_upload(*, artifact_id: UUID, **kwargs: Any) -> None:
    """Whether the bytes are what was declared."""
    tasks.verify_artifact.enqueue(str(artifact_id))


@receiver(events.upload_abandoned)
def delete_upload(*, upload_key: str, upload_id: str, **kwargs: Any) -> None:
    """The private copy goes."""
    tasks.delete_upload.enqueue(upload_key, upload_id)


@receiver(housekeeping_due)
def renew_signatures(**kwargs: Any) -> None:
    """Once a day, nothing is let expire."""
    tasks.renew_signatures.enqueue()


@receiver(events.release_published)
def announce_release(*, release_id: UUID, **kwargs: Any) -> None:
    """The blog gets a draft."""
    tasks.announce_release.enqueue(str(release_id))


@receiver(events.release_published)
def make_deltas(*, release_id: UUID, **kwargs: Any) -> None:
    """Who has one of the last releases will have less to download."""
    tasks.make_deltas.enqueue(str(release_id))


@receiver(events.delta_brought)
def check_deltas(*, release_id: UUID, **kwargs: Any) -> None:
    """What was brought is tried before the release is out, so that it is offered from the first minute."""
    tasks.check_deltas.enqueue(str(release_id))


@receiver(events.rollout_planned)
def advance_rollout(*, release_id: UUID, due_at: datetime, **kwargs: Any) -> None:
    """It is offered to more when the time has come."""
    enqueue_later(tasks.advance_rollout, max(due_at - timezone.now(), timedelta()), str(release_id))


@receiver(housekeeping_due)
def prune_tokens(**kwargs: Any) -> None:
    """Tokens of pipelines that ended long ago go."""
    tasks.prune_publisher_tokens.enqueue()


@receiver(housekeeping_due)
def count_edge_logs(**kwargs: Any) -> None:
    """What was downloaded is counted; it then goes on by itself."""
    if settings.UPDATES_EDGE_LOGS:
        enqueue_once(tasks.count_edge_logs, key=tasks.EDGE_LOGS)


@receiver(events.release_withdrawn)
def remove_files(*, product_id: UUID, **kwargs: Any) -> None:
    """The files go when no manifest at the edge can name them any more."""
    enqueue_later(tasks.remove_unnamed_files, commands.REMOVAL_DELAY, str(product_id))
