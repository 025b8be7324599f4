"""The secret of a calendar feed: made, renewed, taken back."""

from __future__ import annotations

import secrets

from django.utils import timezone

from chassis.transactions import transactional
from todos.models import CalendarFeed
from todos.queries import secret_digest


@transactional
def renew_calendar(*, subject: str) -> str:
    """A new secret; the one before it opens nothing any more. Told once: only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        subject=subject, defaults={"secret_sha256": secret_digest(secret), "created_at": timezone.now()}
    )
    return secret


@transactional
def close_calendar(*, subject: str) -> None:
    """No feed any more; where there is none, nothing changes."""
    CalendarFeed.objects.filter(subject=subject).delete()
