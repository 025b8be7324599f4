"""What the public files say of the blog: planned revisions, in the order in which they were published.

A job takes over what is live when it begins (`Post.planned_revision`), so all that it reads here is of one
moment: what goes live while it makes files is named by none of them before it has files of its own.

Nothing here reads all posts, but for an order that was asked for, and counts: a blog of ten thousand is
published from as quickly as one of a hundred.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from blog.models import Author, Photo, Post, Revision, Slug, Tag
from blog.queries.photos import Picture, picture_of

# From so many posts on their neighbours are taken from the whole order instead of asked for one by one.
ORDER_FROM = 20
# A list of so few is sorted; the posts of a longer one are met soon in the order of all.
SORTED_MOST = 500
# SQLite takes so many parameters of a query for sure.
CHUNK = 500


@dataclass(frozen=True)
class Label:
    """A tag, or an author with a page: what links to their list need."""

    id: UUID
    name: str
    slug: str


@dataclass(frozen=True)
class Headline:
    """A public post as lists show it."""

    id: UUID
    revision_id: UUID
    slug: str
    title: str
    summary: str
    language: str
    canonical_url: str
    author_id: UUID | None
    author_name: str
    author_about: str
    # None where the author has no page.
    author_slug: str | None
    cover_id: UUID | None
    published_at: datetime
    changed_at: datetime
    tags: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Posts that make a list: all, those of a year, of a tag, of an author."""

    kind: str
    value: Any = None

    def posts(self) -> QuerySet[Post]:
        """The public ones among them."""
        public = Post.objects.filter(planned_revision__isnull=False)
        if self.kind == "year":
            return public.filter(
                planned_at__gte=datetime(self.value, 1, 1, tzinfo=UTC),
                planned_at__lte=datetime(self.value, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            )
        if self.kind == "tag":
            return public.filter(planned_revision__tags=self.value)
        if self.kind == "author":
            return public.filter(planned_revision__author=self.value)
        return public

    def along(self, count: int) -> QuerySet[Post]:
        """The same, to be read from an end of their order: of a list of many, no more than is asked for."""
        if count <= SORTED_MOST or self.kind not in ("tag", "author"):
            return self.posts()
        revision = OuterRef("planned_revision")
        rows: QuerySet[Any] = Revision.objects.filter(id=revision, author=self.value)
        if self.kind == "tag":
            rows = Revision.tags.through.objects.filter(revision=revision, tag=self.value)
        return ALL.posts().filter(Exists(rows))


ALL = Selection("all")
_OLDEST_FIRST = ("planned_at", "id")
_NEWEST_FIRST = ("-planned_at", "-id")

_COLUMNS = {
    "id": "id",
    "revision_id": "planned_revision_id",
    "slug": "planned_revision__slug",
    "title": "planned_revision__title",
    "summary": "planned_revision__summary",
    "language": "planned_revision__language",
    "canonical_url": "planned_revision__canonical_url",
    "author_id": "planned_revision__author_id",
    "author_name": "planned_revision__author__display_name",
    "author_about": "planned_revision__author__bio",
    "author_slug": "planned_revision__author__planned_slug",
    "cover_id": "planned_revision__cover_id",
    "published_at": "planned_at",
    "changed_at": "live_since",
}


def count_posts(selection: Selection) -> int:
    """How many posts a list has. One query."""
    return selection.posts().count()


def count_before(selection: Selection, at: datetime, post_id: UUID, *, count: int) -> int:
    """How many of the `count` posts of a list are older than one that is, was or would be there. One query.

    Those from it on are counted: what is published or changed is mostly among the newest.
    """
    is_older = Q(planned_at=at, id__lt=post_id)
    return count - selection.along(count).filter(~is_older, planned_at__gte=at).count()


def list_part(selection: Selection, start: int, stop: int, *, count: int) -> list[Headline]:
    """The posts of a list of `count` from the `start`-th oldest on, the newest first. Three queries."""
    ids = _part(selection.along(count).values_list("id", flat=True), start, stop, count)
    found = headlines_of(ids)
    return [found[post_id] for post_id in ids if post_id in found]


def list_newest(count: int) -> list[Headline]:
    """The newest posts. Two queries."""
    return _headlines(ALL.posts().order_by(*_NEWEST_FIRST)[:count])


def list_addresses(start: int, stop: int, *, count: int) -> list[tuple[str, datetime]]:
    """Slug and last change of the posts, `count` together, from the `start`-th oldest on. One query."""
    found = _part(ALL.posts().values_list("planned_revision__slug", "live_since"), start, stop, count)
    return [(slug, changed_at) for slug, changed_at in reversed(found) if changed_at is not None]


def _part(posts: QuerySet[Post, Any], start: int, stop: int, count: int) -> list[Any]:
    """What is asked of the posts from the `start`-th oldest on, the newest first.

    They are counted from the end that is nearer: a database goes through all that it leaves out.
    """
    if start + stop <= count:
        return list(posts.order_by(*_OLDEST_FIRST)[start:stop])[::-1]
    return list(posts.order_by(*_NEWEST_FIRST)[max(0, count - stop) : count - start])


def headlines_of(post_ids: Collection[UUID]) -> dict[UUID, Headline]:
    """These posts, but those that are not public. Two queries for each 500."""
    return {one.id: one for part in _chunks(post_ids) for one in _headlines(ALL.posts().filter(id__in=part))}


def _headlines(posts: QuerySet[Post]) -> list[Headline]:
    """With their tags. An author who is not known has no name."""
    found = []
    for row in posts.values_list(*_COLUMNS.values()):
        said = dict(zip(_COLUMNS, row, strict=True))
        said["author_name"], said["author_about"] = said["author_name"] or "", said["author_about"] or ""
        said["author_slug"] = said["author_slug"] or None
        found.append(Headline(**said))
    tags = _tags_of([one.revision_id for one in found])
    return [replace(one, tags=tags[one.revision_id]) if one.revision_id in tags else one for one in found]


def _tags_of(revision_ids: Collection[UUID]) -> dict[UUID, tuple[Label, ...]]:
    through = Revision.tags.through.objects
    found: dict[UUID, list[Label]] = {}
    for part in _chunks(revision_ids):
        rows = through.filter(revision_id__in=part).order_by("tag__key")
        for row in rows.values_list("revision_id", "tag_id", "tag__name", "tag__slug"):
            found.setdefault(row[0], []).append(Label(row[1], row[2], row[3]))
    return {revision_id: tuple(tags) for revision_id, tags in found.items()}


class Order:
    """The order of all public posts: who is beside whom. Asked for one by one, or read whole for many."""

    def __init__(self, *, for_posts: int) -> None:
        self._rows: list[tuple[datetime, UUID]] | None = None
        if for_posts > ORDER_FROM:
            rows = ALL.posts().order_by(*_OLDEST_FIRST).values_list(*_OLDEST_FIRST)
            self._rows = [(at, post_id) for at, post_id in rows if at is not None]

    def beside(self, at: datetime, post_id: UUID) -> tuple[UUID | None, UUID | None]:
        """The public posts before and after one that is, was or would be there. Two queries, or none."""
        if self._rows is None:
            posts = ALL.posts().values_list("id", flat=True)
            # As one range of the index and what is not wanted of its edge: `OR` of two makes it read all.
            older = posts.filter(~Q(planned_at=at, id__gte=post_id), planned_at__lte=at)
            newer = posts.filter(~Q(planned_at=at, id__lte=post_id), planned_at__gte=at)
            return older.order_by(*_NEWEST_FIRST).first(), newer.order_by(*_OLDEST_FIRST).first()
        before = bisect_left(self._rows, (at, post_id))
        after = bisect_right(self._rows, (at, post_id))
        return (
            self._rows[before - 1][1] if before else None,
            self._rows[after][1] if after < len(self._rows) else None,
        )

    def around(self, post_ids: Collection[UUID]) -> Order:
        """As much of it as says who is beside these: little, for another process."""
        part = Order(for_posts=0)
        if self._rows is not None:
            wanted, rows = set(post_ids), self._rows
            places = [place for place, (_, post_id) in enumerate(rows) if post_id in wanted]
            near = {beside for place in places for beside in (place - 1, place, place + 1)}
            part._rows = [rows[place] for place in sorted(near) if 0 <= place < len(rows)]
        return part


def list_ids() -> list[UUID]:
    """Every public post, the oldest first. One query."""
    return list(ALL.posts().order_by(*_OLDEST_FIRST).values_list("id", flat=True))


def list_earlier_slugs() -> dict[UUID, list[str]]:
    """Of the public posts that had other addresses before: these. One query."""
    earlier = Slug.objects.filter(was_public=True, post__planned_revision__isnull=False)
    earlier = earlier.exclude(slug=F("post__planned_revision__slug")).order_by("slug")
    found: dict[UUID, list[str]] = {}
    for post_id, slug in earlier.values_list("post_id", "slug"):
        found.setdefault(post_id, []).append(slug)
    return found


def list_ids_between(first: UUID, last: UUID) -> list[UUID]:
    """The public posts from this id to that one, both included. One query."""
    return list(ALL.posts().filter(id__range=(first, last)).order_by("id").values_list("id", flat=True))


def texts_of(post_ids: Collection[UUID]) -> dict[UUID, str]:
    """The public Markdown of these posts. One query for each 500."""
    found: dict[UUID, str] = {}
    for part in _chunks(post_ids):
        found.update(ALL.posts().filter(id__in=part).values_list("id", F("planned_revision__body")))
    return found


def pictures_of(headlines: Iterable[Headline], shown: Iterable[UUID] = ()) -> dict[UUID, Picture]:
    """The covers of these posts and the photos that their texts show, by id. Two queries for each 500."""
    covers = {headline.cover_id for headline in headlines if headline.cover_id is not None}
    return pictures_by_id(covers.union(shown))


def pictures_by_id(photo_ids: Collection[UUID]) -> dict[UUID, Picture]:
    """These pictures, as far as they are ready. Two queries for each 500."""
    found: dict[UUID, Picture] = {}
    for part in _chunks(photo_ids):
        photos = Photo.objects.prefetch_related("renditions").filter(id__in=part)
        found |= {photo.id: picture for photo in photos if (picture := picture_of(photo)) is not None}
    return found


def list_years() -> list[tuple[int, int]]:
    """The years in which something was published, the newest first, each with the count of its posts.
    Two queries, one for each of them, and two for each gap.
    """
    # A count of a part of the index: grouping by year, SQLite goes through all rows, ten times as slowly.
    moments = ALL.posts().values_list("planned_at", flat=True)
    oldest, newest = moments.order_by(*_OLDEST_FIRST).first(), moments.order_by(*_NEWEST_FIRST).first()
    if oldest is None or newest is None:
        return []
    found, year = [], newest.year
    while year > oldest.year:
        if count := count_posts(Selection("year", year)):
            found.append((year, count))
            year -= 1
        else:
            before = moments.filter(planned_at__lt=datetime(year, 1, 1, tzinfo=UTC))
            year = (before.order_by(*_NEWEST_FIRST).first() or oldest).year
    return [*found, (oldest.year, count_posts(Selection("year", oldest.year)))]


def list_tags(ids: Collection[UUID] = (), slugs: Collection[str] = ()) -> list[Label]:
    """These tags, be there posts of them or not. One query."""
    found = Tag.objects.filter(Q(id__in=ids) | Q(slug__in=slugs))
    return [Label(*row) for row in found.values_list("id", "name", "slug")]


def list_used_tags() -> list[Label]:
    """Every tag that a public post has. One query."""
    # The first post of a tag is enough to know that it has one.
    is_used = Exists(ALL.posts().filter(planned_revision__tags=OuterRef("id")))
    found = Tag.objects.filter(is_used).order_by("key")
    return [Label(*row) for row in found.values_list("id", "name", "slug")]


def list_authors(ids: Collection[UUID] = (), slugs: Collection[str] = ()) -> list[Label]:
    """These authors, but those that have no page. One query."""
    found = Author.objects.filter(Q(id__in=ids) | Q(planned_slug__in=slugs)).exclude(planned_slug="")
    return _labels(found)


def list_used_authors() -> list[Label]:
    """Every author with a page who has signed a public post. One query."""
    has_signed = Exists(ALL.posts().filter(planned_revision__author=OuterRef("id")))
    found = Author.objects.filter(has_signed).exclude(planned_slug="")
    return _labels(found.order_by("display_name", "id"))


def list_authors_who_move() -> list[tuple[UUID, str]]:
    """Every author whose page is to be elsewhere than files say, and their name. One query."""
    to_be = Coalesce("slug", Value(""), output_field=CharField())
    found = Author.objects.exclude(planned_slug=to_be).order_by("id")
    return [(author.id, str(author)) for author in found]


def _labels(authors: QuerySet[Author]) -> list[Label]:
    return [Label(*row) for row in authors.values_list("id", "display_name", "planned_slug")]


def author_about(author_id: UUID) -> str:
    """What the author's profile says. One query."""
    return Author.objects.values_list("bio", flat=True).get(id=author_id)


def _chunks(values: Collection[UUID]) -> Iterator[list[UUID]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
