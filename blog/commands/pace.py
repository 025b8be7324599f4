"""The pace of mails: so many a second, whichever process sends them (BLOG_MAILS_PER_SECOND)."""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from blog.models import MailPace


def wait_for_turn() -> None:
    """Wait until the next mail may go out. Not in a transaction."""
    seconds = _take_turn()
    if seconds > 0:
        time.sleep(seconds)


def _take_turn() -> float:
    """Reserve the next turn; how many seconds it is away."""
    with transaction.atomic():
        now = timezone.now()
        pace, _made = MailPace.objects.select_for_update().get_or_create(id=1, defaults={"free_at": now})
        turn = max(now, pace.free_at)
        pace.free_at = turn + timedelta(seconds=1 / settings.BLOG_MAILS_PER_SECOND)
        pace.save(update_fields=["free_at"])
    return (turn - now).total_seconds()
