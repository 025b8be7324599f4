"""What is public of the blog: live revisions, in the order in which they were published."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from blog.markdown import photos_in
from blog.models import Photo, Post, Slug
from blog.queries.photos import Picture, picture_of


@dataclass(frozen=True)
class Headline:
    """A public post as lists show it."""

    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    author_name: str
    author_about: str
    cover_id: UUID | None
    published_at: datetime
    changed_at: datetime


_COLUMNS = {
    "slug": "live_revision__slug",
    "title": "live_revision__title",
    "summary": "live_revision__summary",
    "language": "live_revision__language",
    "author_name": "live_revision__author__display_name",
    "author_about": "live_revision__author__bio",
    "cover_id": "live_revision__cover_id",
    "published_at": "first_published_at",
    "changed_at": "live_since",
}


def list_headlines() -> list[Headline]:
    """Every public post without its text, the newest first. One query."""
    rows = (
        Post.objects.filter(live_revision__isnull=False)
        .order_by("-first_published_at", "-id")
        .values("id", *_COLUMNS.values())
    )
    return [_headline(row) for row in rows]


def _headline(row: dict[str, Any]) -> Headline:
    """An author who is not known has no name."""
    said = {name: row[column] for name, column in _COLUMNS.items()}
    names = {name: said[name] or "" for name in ("author_name", "author_about")}
    return Headline(id=row["id"], **{**said, **names})


def texts_of(post_ids: Collection[UUID]) -> dict[UUID, str]:
    """The public Markdown of these posts. One query."""
    rows = Post.objects.filter(id__in=post_ids, live_revision__isnull=False)
    return dict(rows.values_list("id", F("live_revision__body")))


def pictures_of(headlines: Iterable[Headline], texts: Collection[str]) -> dict[UUID, Picture]:
    """The pictures that these lists and texts show, by the photo's id. Two queries."""
    wanted = {headline.cover_id for headline in headlines if headline.cover_id is not None}
    for text in texts:
        wanted.update(photos_in(text))
    return pictures_by_id(wanted)


def pictures_by_id(photo_ids: Collection[UUID]) -> dict[UUID, Picture]:
    """These pictures, as far as they are ready. Two queries."""
    photos = Photo.objects.prefetch_related("renditions").filter(id__in=photo_ids)
    return {photo.id: picture for photo in photos if (picture := picture_of(photo)) is not None}


def owners_of_slugs(slugs: Collection[str]) -> set[UUID]:
    """The posts whose slugs these are or were. One query."""
    return set(Slug.objects.filter(slug__in=slugs).values_list("post_id", flat=True))


def published_moment(post_id: UUID) -> datetime | None:
    """When a post was first published, be it public now or not. One query."""
    return Post.objects.filter(id=post_id).values_list("first_published_at", flat=True).first()


def posts_by(author_id: UUID) -> set[UUID]:
    """The public posts that an author signed. One query."""
    return set(Post.objects.filter(live_revision__author=author_id).values_list("id", flat=True))
