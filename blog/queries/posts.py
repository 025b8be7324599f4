"""Posts as the newsroom sees them: drafts and all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from blog.errors import PostNotFound, RevisionNotFound
from blog.models import Post, Revision
from blog.roles import Actor, require_own

STATES = ("draft", "published", "changed")


def get_post(post_id: UUID, *, actor: Actor | None = None) -> Post:
    """One post with its author and what is public of it; to a writer only one of their own. One query.

    Raises:
        PostNotFound: there is none of this id.
    """
    post = _posts().filter(id=post_id).first()
    if post is None:
        raise PostNotFound
    require_own(actor, post)
    return post


def get_revision(post_id: UUID, number: int) -> Revision:
    """A text of a post as it was saved. One query.

    Raises:
        RevisionNotFound: there is none of this number.
    """
    found = Revision.objects.filter(post=post_id, number=number).select_related("author").first()
    if found is None:
        raise RevisionNotFound
    return found


def list_revisions(post_id: UUID, *, before: int | None, limit: int) -> list[Revision]:
    """The saved texts of a post without the texts, the newest first. One query."""
    found = Revision.objects.filter(post=post_id).defer("body").order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found[:limit])


def visible_to(actor: Actor) -> Q:
    """The condition that somebody sees a post at all: a writer those of their own."""
    return Q() if actor.may_publish else Q(author__subject=actor.subject)


def get_post_for_update(post_id: UUID) -> Post:
    """One post, locked until the transaction ends.

    Raises:
        PostNotFound: there is none of this id.
    """
    post = _posts().select_for_update(of=("self",)).filter(id=post_id).first()
    if post is None:
        raise PostNotFound
    return post


def list_posts(
    *, state: str | None, after: UUID | None, limit: int, tag: str | None = None, actor: Actor | None = None
) -> list[Post]:
    """Posts from the one made last on, those after `after` in that order. Two queries."""
    found = _posts().defer("body").prefetch_related("tags").order_by("-id")
    if actor is not None:
        found = found.filter(visible_to(actor))
    if tag is not None:
        found = found.filter(tags__slug=tag)
    if state is not None:
        found = found.filter(in_state(state))
    if after is not None:
        found = found.filter(id__lt=after)
    return list(found[:limit])


def find_newest_public() -> Post | None:
    """The post that was published last, if there is one. One query."""
    return _posts().exclude(live_revision=None).order_by("-first_published_at", "-id").first()


def list_live_ids(tag_id: UUID | None = None) -> list[UUID]:
    """Every post that is public, or those with this tag. One query."""
    found = Post.objects.exclude(live_revision=None)
    if tag_id is not None:
        found = found.filter(live_revision__tags=tag_id)
    return list(found.order_by("id").values_list("id", flat=True))


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
        "tags": [tag.name for tag in post.tags.all()],
        "canonical_url": post.canonical_url,
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
