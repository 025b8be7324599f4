"""Rows that have had their time: answers, counts, sessions, settled messages, done tasks and jobs."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.dispatch import Signal
from django.utils import timezone

from chassis import tasks
from chassis.models import IdempotencyRecord, RateCount, RefusedMessage
from chassis.publishing import jobs
from chassis.rate_limits import WINDOW_SECONDS

# Services have rows of their own that have had their time. Receivers enqueue a task, nothing else.
housekeeping_due = Signal()


def prune() -> dict[str, int]:
    """Delete what nobody asks for any more; how many rows of each kind. Doing it twice is harmless."""
    answers, _ = IdempotencyRecord.objects.filter(created_at__lt=_oldest_answer()).delete()
    counts, _ = RateCount.objects.filter(window_start__lt=time.time() - 2 * WINDOW_SECONDS).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    settled_before = timezone.now() - tasks.KEPT
    messages, _ = RefusedMessage.objects.filter(settled_at__lt=settled_before).delete()
    housekeeping_due.send(sender=None)
    return {
        "answers": answers,
        "rate_counts": counts,
        "sessions": sessions,
        "messages": messages,
        "tasks": tasks.prune_tasks(),
        "publish_jobs": jobs.prune(),
    }


def _oldest_answer() -> datetime:
    return timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
