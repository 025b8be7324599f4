"""Tags as the newsroom sees them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from blog.errors import TagNotFound
from blog.models import Post, Tag


def get_tag(slug: str) -> Tag:
    """One tag by its name in addresses. One query.

    Raises:
        TagNotFound.
    """
    tag = Tag.objects.filter(slug=slug).first()
    if tag is None:
        raise TagNotFound
    return tag


def list_counted_tags() -> list[dict[str, Any]]:
    """Every tag by its name, with how many drafts have it. Two queries."""
    through = Post.tags.through.objects.values("tag_id").annotate(count=Count("id"))
    counts = {row["tag_id"]: row["count"] for row in through}
    return [_document(tag, counts.get(tag.id, 0)) for tag in Tag.objects.order_by("key")]


def tag_document(tag: Tag) -> dict[str, Any]:
    """A tag as the API shows it. One query."""
    return _document(tag, Post.tags.through.objects.filter(tag=tag).count())


def _document(tag: Tag, posts: int) -> dict[str, Any]:
    return {"name": tag.name, "slug": tag.slug, "posts": posts}
