"""Lists of posts in pages: full ones are counted from the oldest post, so they stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from blog import queries
from blog.queries.changes import Change
from blog.queries.public import ALL, Label, Selection
from blog.site import addresses, documents, feeds, pages
from blog.site.addresses import ListKey
from blog.site.looks import look_of
from blog.site.posts import HTML, JSON, Made, made_in_parts, things_of
from chassis import publishing
from chassis.publishing import CacheRule, PublicFile

# More posts than this that only say something else: the list is made from the oldest of them on.
EDITS_MOST = 20
LISTING = CacheRule.LISTING


@dataclass(frozen=True)
class PostList:
    """A list with its name in addresses and for people; its posts; and which files it has."""

    key: ListKey
    selection: Selection
    name: str = ""

    @property
    def length(self) -> int:
        """Posts on a full page."""
        return feeds.SITEMAP_LENGTH if self.key.kind == "sitemap" else documents.LIST_LENGTH

    def keys(self, number: int | None) -> list[str]:
        """The files of one page."""
        if self.key.kind == "sitemap":
            return [addresses.sitemap_key(number)] if number else []
        pages_of = [addresses.list_key(self.key, number)] if self.key.kind != "all" else []
        has_document = self.key.kind in ("all", "tag")
        return pages_of + ([addresses.list_document_key(self.key, number)] if has_document else [])

    def prefixes(self) -> list[str]:
        """What the keys of all its pages begin with, and perhaps others."""
        if self.key.kind == "sitemap":
            return ["blog/sitemaps/"]
        if self.key.kind == "all":
            return ["blog/api/pages/"]
        page = addresses.list_key(self.key).removesuffix("index.html")
        documents_of = [f"blog/api/tags/{self.key.name}"] if self.key.kind == "tag" else []
        return [page, *documents_of]


@dataclass
class Touched:
    """Which pages of a list are to be made: from a post on, those of single posts, those by number."""

    # The oldest post that came or went: from its page on, every post is at another place.
    since: tuple[datetime, UUID] | None = None
    edited: list[tuple[datetime, UUID]] = field(default_factory=list)
    numbers: set[int | None] = field(default_factory=set)
    has_left: bool = False
    is_whole: bool = False

    def with_numbers(self, numbers: set[int | None]) -> Touched:
        """The same, and these pages."""
        return replace(self, numbers=self.numbers | numbers)

    def move(self, at: datetime, post_id: UUID) -> None:
        """A post came to this place, or went from it."""
        self.since = min(self.since, (at, post_id)) if self.since else (at, post_id)


def touched_by(changes: Iterable[Change]) -> dict[Selection, Touched]:
    """The lists that these changes show in, and where."""
    found: dict[Selection, Touched] = {}
    for change in changes:
        before = change.before.selections if change.before else frozenset()
        now = change.now.selections if change.now else frozenset()
        for selection in before | now:
            touched = found.setdefault(selection, Touched())
            was = change.before.at if change.before and selection in before else None
            is_at = change.now.at if change.now and selection in now else None
            if was == is_at and is_at is not None:
                touched.edited.append((is_at, change.post_id))
                continue
            touched.has_left = touched.has_left or was is not None
            for moment in (was, is_at):
                if moment is not None:
                    touched.move(moment, change.post_id)
    return found


def named(selections: Iterable[Selection], keys: Iterable[ListKey]) -> list[PostList]:
    """These lists with their names; but those of tags and authors that there are no more, or have no page."""
    selections, keys = list(selections), list(keys)
    found = {PostList(ListKey("year", str(one.value)), one) for one in selections if one.kind == "year"}
    found |= {PostList(key, Selection("year", int(key.name))) for key in keys if _is_year(key)}
    for kind, read in (("tag", queries.list_tags), ("author", queries.list_authors)):
        ids = [one.value for one in selections if one.kind == kind]
        slugs = [key.name for key in keys if key.kind == kind]
        labels: list[Label] = read(ids=ids, slugs=slugs) if ids or slugs else []
        found |= {PostList(ListKey(kind, one.slug), Selection(kind, one.id), one.name) for one in labels}
    if ALL in selections or any(key.kind in ("all", "sitemap") for key in keys):
        found |= {PostList(ListKey("all"), ALL), PostList(ListKey("sitemap"), ALL)}
    return sorted(found, key=lambda one: (one.key.kind, one.key.name))


def _is_year(key: ListKey) -> bool:
    # A year that this calendar has; any other name there is a left-over.
    return key.kind == "year" and key.name.isdigit() and 1 <= int(key.name) < 9999


@dataclass(frozen=True)
class ListPage:
    """One page of a list of so many posts: the `place`-th, counted from the oldest post and from 0."""

    of: PostList
    count: int
    place: int

    @property
    def full(self) -> int:
        """Pages before the newest. A list without posts has no page, but the JSON of all."""
        return max(0, self.count - 1) // self.of.length

    @property
    def number(self) -> int | None:
        """The newest page has no number but in the sitemap, whose parts nobody types."""
        return None if self.place == self.full and self.of.key.kind != "sitemap" else self.place + 1

    def made(self) -> list[Made]:
        """Its files."""
        return [self._sitemap()] if self.of.key.kind == "sitemap" else list(self._files())

    def _files(self) -> Iterator[Made]:
        start = self.place * self.of.length
        stop = self.count if self.place == self.full else start + self.of.length
        headlines = queries.list_part(self.of.selection, start, stop, count=self.count)
        older = self.place or None
        things = {f"post:{one.id}" for one in headlines} | things_of(headlines) | self._own_thing()
        for key in self.of.keys(self.number):
            if key.endswith(".html"):
                about = queries.author_about(self.of.selection.value) if self.of.key.kind == "author" else ""
                body = pages.list_page(
                    self.of.key,
                    self.number,
                    headlines,
                    name=self.of.name or self.of.key.name,
                    about=about,
                    older=older,
                    is_alone=self.full == 0,
                )
                yield Made(PublicFile(key, body, HTML, LISTING), frozenset(things | {look_of("list")}))
            else:
                yield Made(self._document(key, headlines, older), frozenset(things))

    def _document(self, key: str, headlines: list[queries.Headline], older: int | None) -> PublicFile:
        pictures = queries.pictures_of(headlines)
        next_key = addresses.list_document_key(self.of.key, older) if older else None
        document = documents.list_document(headlines, older=next_key, pictures=pictures)
        return PublicFile(key, documents.to_bytes(document), JSON, LISTING)

    def _own_thing(self) -> set[str]:
        kind = self.of.key.kind
        return {f"{kind}:{self.of.selection.value}"} if kind in ("tag", "author") else set()

    def _sitemap(self) -> Made:
        start = self.place * self.of.length
        found = queries.list_addresses(start, start + self.of.length, count=self.count)
        body = feeds.sitemap([(addresses.page_key(slug), changed_at) for slug, changed_at in found])
        return Made(PublicFile(addresses.sitemap_key(self.place + 1), body, "application/xml", LISTING))


def list_files(lists: Iterable[ListFiles]) -> Iterator[Made]:
    """The files of the pages of these lists that are to be made."""
    return made_in_parts(ListPage.made, (page for one in lists for page in one.pages()))


class ListFiles:
    """The files of one list, and the keys that it has no more."""

    def __init__(self, of: PostList, touched: Touched) -> None:
        self.of = of
        self.count = queries.count_posts(of.selection)
        self.full = ListPage(of, self.count, 0).full
        self.wanted = self._numbers(touched)
        there = touched.has_left or touched.is_whole or not self.count or bool(touched.numbers)
        self.removals = self._left_over() if there else []

    @property
    def parts(self) -> list[str]:
        """The parts of the sitemap."""
        return [addresses.sitemap_key(number + 1) for number in range(self.full + 1)] if self.count else []

    def pages(self) -> Iterator[ListPage]:
        """The pages that are to be made."""
        return (ListPage(self.of, self.count, place) for place in sorted(self.wanted))

    def _numbers(self, touched: Touched) -> set[int]:
        """The places of the pages, from 0."""
        if not self.count:
            return {0} if self.of.key.kind == "all" else set()
        if touched.is_whole:
            return set(range(self.full + 1))
        found = {place for number in touched.numbers if (place := self._place(number)) <= self.full}
        since, edited = touched.since, touched.edited
        if len(edited) > EDITS_MOST:
            since, edited = min([*edited, *([since] if since else [])]), []
        if since is not None:
            # The page before may have been the newest, and have another address now.
            first = max(0, self._before(*since) - 1) // self.of.length
            found |= set(range(first, self.full + 1))
        for post in edited:
            found.add(min(self._before(*post) // self.of.length, self.full))
        return found

    def _before(self, at: datetime, post_id: UUID) -> int:
        return queries.count_before(self.of.selection, at, post_id, count=self.count)

    def _place(self, number: int | None) -> int:
        return self.full if number is None else number - 1

    def _left_over(self) -> list[str]:
        found = []
        for prefix in self.of.prefixes():
            for key in publishing.keys_of(addresses.SCOPE, prefix):
                match = addresses.list_of_key(key)
                if match and match[0] == self.of.key and not self._is_there(match[1]):
                    found.append(key)
        return found

    def _is_there(self, number: int | None) -> bool:
        if not self.count:
            return self.of.key.kind == "all" and number is None
        return number is None or number - 1 < self.full + (self.of.key.kind == "sitemap")
