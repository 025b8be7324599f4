"""What is being written and was not saved."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from blog.models import Author, Autosave

# Who wrote so lately is writing still.
WRITING_FOR = timedelta(minutes=10)


def find_autosave(post_id: UUID, subject: str) -> Autosave | None:
    """What somebody has not saved of a post. One query."""
    return Autosave.objects.filter(post=post_id, subject=subject).first()


def list_other_writers(post_id: UUID, subject: str) -> list[str]:
    """The names of those who are writing the same post at this moment. Two queries."""
    lately = Autosave.objects.filter(post=post_id, saved_at__gt=timezone.now() - WRITING_FOR)
    subjects = list(lately.exclude(subject=subject).values_list("subject", flat=True))
    names = dict(Author.objects.filter(subject__in=subjects).values_list("subject", "display_name"))
    return sorted(names.get(one) or one for one in subjects)
