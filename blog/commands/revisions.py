"""Going back to what was saved before. Nothing is lost by it: what is there now stays a revision, too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blog import queries
from blog.commands.posts import update_post
from blog.commands.publishing import publish_post
from blog.models import CONTENT_FIELDS, Post
from blog.roles import Actor, require_editor
from chassis.models import PublishJob
from chassis.transactions import transactional


def restore_revision(
    *, actor: Actor, post_id: UUID, number: int, if_versions: frozenset[int] | None = None
) -> Post:
    """Make the draft what it was. What is public stays as it is.

    Raises:
        PostNotFound, VersionMismatch.
        RevisionNotFound: there is none of this number.
        InvalidInput: another post has its address by now, or its cover is gone.
    """
    revision = queries.get_revision(post_id, number)
    changes: dict[str, Any] = {name: getattr(revision, name) for name in CONTENT_FIELDS}
    changes["tags"] = [tag.name for tag in revision.tags.all()]
    return update_post(actor=actor, post_id=post_id, if_versions=if_versions, changes=changes)


@transactional
def roll_back(
    *, actor: Actor, post_id: UUID, number: int, if_versions: frozenset[int] | None = None
) -> PublishJob:
    """Have readers read an earlier text again: it becomes the draft, and is published.

    Raises:
        EditorsOnly, PostNotFound, VersionMismatch, RevisionNotFound.
        InvalidInput: at what keeps it from being published.
    """
    require_editor(actor)
    restore_revision(actor=actor, post_id=post_id, number=number, if_versions=if_versions)
    return publish_post(actor=actor, post_id=post_id)
