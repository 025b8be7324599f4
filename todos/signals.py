"""What the facts of todos cause: a task each, whose row commits with the change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.dispatch import receiver

from chassis.housekeeping import housekeeping_due
from chassis.tasks import enqueue_once
from todos import events, tasks


@receiver(events.todos_changed)
def write_snapshot_soon(sender: Any, subject: str, **kwargs: Any) -> None:
    """One file for all changes of the next few seconds."""
    delay = timedelta(seconds=settings.TODOS_SNAPSHOT_DELAY_SECONDS)
    enqueue_once(tasks.write_snapshot, subject, key=subject, delay=delay)


@receiver(housekeeping_due)
def prune_later(sender: Any, **kwargs: Any) -> None:
    """Tombstones that every device has seen."""
    enqueue_once(tasks.prune)
