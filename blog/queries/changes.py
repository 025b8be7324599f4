"""What has changed of what is to be public since the files were made."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blog.models import Dependency, Post, Revision, Slug
from blog.queries.public import Selection


@dataclass(frozen=True)
class Standing:
    """Where a post stands: its moment, and the lists it is in."""

    at: datetime
    selections: frozenset[Selection]


@dataclass(frozen=True)
class Change:
    """A post whose files are to be made: what they show of it, what they are to show (None: nothing)."""

    post_id: UUID
    revision_id: UUID | None
    published_at: datetime | None
    before: Standing | None
    now: Standing | None
    slug: str
    # The address at which the files have it; empty where they have not.
    shown_slug: str
    # Every address that the public has known it by, this one and earlier ones.
    slugs: tuple[str, ...]

    @property
    def is_new_address(self) -> bool:
        """Whether its page is to be where none of it was."""
        return self.now is not None and self.slug != self.shown_slug


def list_awaiting() -> list[UUID]:
    """Posts whose files do not show what is live, the oldest change first. One query."""
    return list(Post.objects.filter(is_awaiting_files=True).order_by("id").values_list("id", flat=True))


def changes_of(post_ids: Collection[UUID]) -> list[Change]:
    """These posts as they were shown and as they are. Three queries for each 500."""
    listed = list(post_ids)
    found: list[Change] = []
    for start in range(0, len(listed), 500):
        found += _changes(listed[start : start + 500])
    return found


def _changes(post_ids: list[UUID]) -> list[Change]:
    posts = list(Post.objects.filter(id__in=post_ids).select_related("planned_revision", "shown_revision"))
    revisions = [one for post in posts for one in (post.planned_revision, post.shown_revision) if one]
    tags: dict[UUID, set[UUID]] = {}
    through = Revision.tags.through.objects.filter(revision_id__in={one.id for one in revisions})
    for revision_id, tag_id in through.values_list("revision_id", "tag_id"):
        tags.setdefault(revision_id, set()).add(tag_id)
    slugs: dict[UUID, list[str]] = {}
    for post_id, slug in Slug.objects.filter(post_id__in=post_ids, was_public=True).values_list(
        "post_id", "slug"
    ):
        slugs.setdefault(post_id, []).append(slug)
    return [
        Change(
            post_id=post.id,
            revision_id=post.planned_revision_id,
            published_at=post.planned_at,
            before=_standing(post.shown_revision, post.shown_at, tags),
            now=_standing(post.planned_revision, post.planned_at, tags),
            slug=post.planned_revision.slug if post.planned_revision else "",
            shown_slug=post.shown_revision.slug if post.shown_revision else "",
            slugs=tuple(sorted(slugs.get(post.id, ()))),
        )
        for post in posts
    ]


def _standing(revision: Revision | None, at: datetime | None, tags: dict[UUID, set[UUID]]) -> Standing | None:
    if revision is None or at is None:
        return None
    lists = [
        Selection("all"),
        Selection("year", at.year),
        *(Selection("tag", tag_id) for tag_id in tags.get(revision.id, ())),
    ]
    if revision.author_id is not None:
        lists.append(Selection("author", revision.author_id))
    return Standing(at, frozenset(lists))


def keys_showing(things: Iterable[str]) -> set[str]:
    """The files that show any of these. One query for each 500."""
    listed = sorted(things)
    found: set[str] = set()
    for start in range(0, len(listed), 500):
        part = Dependency.objects.filter(thing__in=listed[start : start + 500])
        found.update(part.values_list("key", flat=True))
    return found


def may_be_shown(thing: str) -> bool:
    """Whether a file shows this; or may, since what files being made now show is noted when they are served.
    Two queries.
    """
    return (
        Dependency.objects.filter(thing=thing).exists()
        or Post.objects.filter(is_awaiting_files=True).exists()
    )


def keys_looking_otherwise(looks: Collection[str]) -> set[str]:
    """The files that were made by a template that has changed since. One query."""
    old = Dependency.objects.filter(thing__startswith="look:").exclude(thing__in=looks)
    return set(old.values_list("key", flat=True))


def owners_of_slugs(slugs: Collection[str]) -> set[UUID]:
    """The posts whose slugs these are or were. One query."""
    return set(Slug.objects.filter(slug__in=slugs).values_list("post_id", flat=True))


def slugs_of_nobody(slugs: Collection[str]) -> set[str]:
    """Those of these slugs that no public post has or had. One query."""
    listed = Slug.objects.filter(was_public=True, post__planned_revision__isnull=False)
    if len(slugs) <= 500:
        listed = listed.filter(slug__in=slugs)
    return set(slugs) - set(listed.values_list("slug", flat=True))
