"""What is being written is kept every few seconds, without a revision and without touching the draft."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from blog import queries
from blog.commands.content import cleaned
from blog.models import Autosave
from blog.roles import Actor
from chassis.transactions import transactional

KEPT_FIELDS = ("title", "summary", "body")


@transactional
def keep_autosave(*, actor: Actor, post_id: UUID, seen_version: int, fields: dict[str, str]) -> Autosave:
    """Keep what somebody is writing, in the place of what they had written before.

    Raises:
        PostNotFound.
        InvalidInput: it is too long, or no text.
    """
    post = queries.get_post(post_id, actor=actor)
    found = {name: fields[name] for name in KEPT_FIELDS if name in fields}
    # A title may be empty while it is being written.
    cleaned({name: value for name, value in found.items() if name != "title" or value.strip()})
    kept, _made = Autosave.objects.update_or_create(
        post=post,
        subject=actor.subject,
        defaults={"seen_version": seen_version, "fields": found, "saved_at": timezone.now()},
    )
    return kept


@transactional
def forget_autosave(*, actor: Actor, post_id: UUID) -> None:
    """Let go of what somebody was writing: it is saved, or not wanted."""
    Autosave.objects.filter(post=post_id, subject=actor.subject).delete()
