"""Posts as the newsroom sees them: drafts and all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from blog.errors import PostNotFound
from blog.models import Post

STATES = ("draft", "published", "changed")


def get_post(post_id: UUID) -> Post:
    """One post with its author and what is public of it. One query.

    Raises:
        PostNotFound: there is none of this id.
    """
    post = _posts().filter(id=post_id).first()
    if post is None:
        raise PostNotFound
    return post


def get_post_for_update(post_id: UUID) -> Post:
    """One post, locked until the transaction ends.

    Raises:
        PostNotFound: there is none of this id.
    """
    post = _posts().select_for_update(of=("self",)).filter(id=post_id).first()
    if post is None:
        raise PostNotFound
    return post


def list_posts(*, state: str | None, after: UUID | None, limit: int) -> list[Post]:
    """Posts from the one made last on, those after `after` in that order. One query."""
    found = _posts().defer("body").order_by("-id")
    if state is not None:
        found = found.filter(in_state(state))
    if after is not None:
        found = found.filter(id__lt=after)
    return list(found[:limit])


def list_public_posts() -> Iterator[Post]:
    """Every post that readers may read, with what they read, a hundred at a time."""
    return _posts().exclude(live_revision=None).order_by("id").iterator(chunk_size=100)


def find_newest_public() -> Post | None:
    """The post that was published last, if there is one. One query."""
    return _posts().exclude(live_revision=None).order_by("-first_published_at", "-id").first()


def find_announcement(release_id: str) -> Post | None:
    """The post that announces a release, if there is one. One query."""
    return _posts().filter(announced_release=release_id).first()


def post_document(post: Post) -> dict[str, Any]:
    """A post as the API shows it to staff, without its text."""
    return {
        "id": str(post.id),
        "slug": post.slug,
        "title": post.title,
        "summary": post.summary,
        "language": post.language,
        "author": post.author and {"subject": post.author.subject, "name": post.author.display_name},
        "cover_id": post.cover_id and str(post.cover_id),
        "state": post.state,
        "release": post.announced_release,
        "version": post.version,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        "published_at": post.first_published_at if post.is_public else None,
    }


def _posts() -> QuerySet[Post]:
    return Post.objects.select_related("author", "live_revision")


def in_state(state: str) -> Q:
    """The condition that a post is in this state."""
    if state == "draft":
        return Q(live_revision=None)
    is_same = Q(live_revision__number=F("revision_number"))
    return Q(live_revision__isnull=False) & (is_same if state == "published" else ~is_same)
