"""Which files there are to be: the plans of the blog's jobs. They depend on the database alone.

A plan never links to a page that is not there: beside the post that a job is about, it has every
public post whose page is not in the bucket yet, and it takes away every page whose post is not public
at that address, whichever job that belongs to; with the neighbours of each, which link to it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from uuid import UUID

from blog import queries
from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site import addresses, documents, feeds, pages
from chassis import publishing
from chassis.publishing import CacheRule, Plan, PublicFile

HTML = "text/html; charset=utf-8"
JSON = "application/json"


def plan_post(post_id: str) -> Plan:
    """The files that a change of one post changes."""
    site = Site()
    return site.plan({UUID(post_id)})


def plan_author(author_id: str) -> Plan:
    """The files that show an author."""
    site = Site()
    return site.plan(queries.posts_by(UUID(author_id)))


def plan_site(argument: str) -> Plan:
    """Every file of the blog."""
    site = Site()
    return site.plan({headline.id for headline in site.headlines})


@dataclass
class Site:
    """What is public now, and what the bucket holds."""

    headlines: list[Headline] = field(default_factory=queries.list_headlines)
    keys: list[str] = field(default_factory=lambda: publishing.keys_of(addresses.SCOPE))

    def plan(self, changed: set[UUID]) -> Plan:
        """The files that are different when these posts are."""
        gone = [
            key
            for key in self.keys
            if ((slug := addresses.slug_of_key(key)) and slug not in self._slugs) or self._is_left_over(key)
        ]
        written = {slug for key in self.keys if (slug := addresses.slug_of_key(key))}
        moved = queries.owners_of_slugs({addresses.slug_of_key(key) for key in gone} - {""})
        absent = {one.id for one in self.headlines if one.slug not in written}
        pages_of = [self.headlines[place] for place in sorted(self._affected(changed | moved | absent))]
        return Plan(files=self._files(pages_of), removals=gone)

    def _files(self, affected: Sequence[Headline]) -> Iterator[PublicFile]:
        """Pages and their style first, then what names them."""
        key, style = pages.stylesheet()
        yield PublicFile(key, style, "text/css; charset=utf-8", CacheRule.IMMUTABLE)
        key, icon = pages.icon()
        yield PublicFile(key, icon, "image/svg+xml", CacheRule.IMMUTABLE)
        fed = self.headlines[: feeds.FEED_LENGTH]
        shown = {one.id: one for one in (*affected, *fed)}
        texts = queries.texts_of(shown.keys())
        pictures = queries.pictures_of(self.headlines, texts.values())
        html = {id: pages.body_html(shown[id], text, pictures) for id, text in texts.items()}
        for headline in affected:
            yield self._page(headline, texts[headline.id], html[headline.id], pictures)
        for headline in affected:
            document = documents.post_document(
                headline, markdown=texts[headline.id], html=html[headline.id], pictures=pictures
            )
            key = addresses.document_key(headline.slug)
            yield PublicFile(key, documents.to_bytes(document), JSON, CacheRule.LISTING)
        yield from self._lists(pictures, html)

    def _page(self, headline: Headline, text: str, html: str, pictures: Mapping[UUID, Picture]) -> PublicFile:
        place = self._places[headline.id]
        page = pages.post_page(
            headline,
            text=text,
            html=html,
            pictures=pictures,
            newer=self.headlines[place - 1] if place > 0 else None,
            older=self.headlines[place + 1] if place + 1 < len(self.headlines) else None,
        )
        return PublicFile(addresses.page_key(headline.slug), page, HTML, CacheRule.PAGE)

    def _lists(self, pictures: Mapping[UUID, Picture], html: dict[UUID, str]) -> Iterator[PublicFile]:
        listing = CacheRule.LISTING
        for key, part, older in self._list_pages():
            document = documents.list_document(part, older=older, pictures=pictures)
            yield PublicFile(key, documents.to_bytes(document), JSON, listing)
        for year, of_year in self._by_year.items():
            page = pages.archive_page(year, of_year, list(self._by_year))
            yield PublicFile(addresses.archive_key(year), page, HTML, listing)
        feed = feeds.atom_feed(self.headlines, html)
        yield PublicFile(addresses.FEED, feed, "application/atom+xml", listing)
        home = pages.home_page(self.headlines, list(self._by_year), pictures)
        yield PublicFile(addresses.HOME, home, HTML, listing)
        yield PublicFile(addresses.SITEMAP, feeds.sitemap(self._addresses()), "application/xml", listing)
        yield PublicFile(addresses.MISSING, pages.missing_page(), HTML, listing)
        yield PublicFile(addresses.ROBOTS, feeds.robots(), "text/plain; charset=utf-8", listing)

    def _list_pages(self) -> list[tuple[str, list[Headline], str | None]]:
        """The JSON list: full pages counted from the oldest post, which stay as they are, and the newest."""
        full = max(0, len(self.headlines) - 1) // documents.LIST_LENGTH
        found = []
        for number in range(1, full + 1):
            end = len(self.headlines) - (number - 1) * documents.LIST_LENGTH
            part = self.headlines[end - documents.LIST_LENGTH : end]
            found.append((addresses.list_key(number), part, number - 1))
        newest = self.headlines[: len(self.headlines) - full * documents.LIST_LENGTH]
        found.append((addresses.LIST, newest, full))
        return [(key, part, addresses.list_key(older) if older else None) for key, part, older in found]

    def _addresses(self) -> list[tuple[str, datetime | None]]:
        newest = max((one.changed_at for one in self.headlines), default=None)
        return [
            (addresses.HOME, newest),
            *((addresses.page_key(one.slug), one.changed_at) for one in self.headlines),
            *(
                (addresses.archive_key(year), max(one.changed_at for one in of_year))
                for year, of_year in self._by_year.items()
            ),
        ]

    def _affected(self, changed: set[UUID]) -> set[int]:
        """The places of these posts in the order of the site, and of their neighbours."""
        found: set[int] = set()
        for post_id in changed:
            place = self._places.get(post_id)
            if place is not None:
                found |= {place - 1, place, place + 1}
            elif (moment := queries.published_moment(post_id)) is not None:
                # It is not public any more: those who were its neighbours are now each other's.
                after = self._place_of(moment, post_id)
                found |= {after - 1, after}
        return {place for place in found if 0 <= place < len(self.headlines)}

    def _place_of(self, moment: datetime, post_id: UUID) -> int:
        """Where a post that was published at this moment would stand."""
        oldest_first = [(one.published_at, one.id) for one in reversed(self.headlines)]
        return len(self.headlines) - bisect_left(oldest_first, (moment, post_id))

    def _is_left_over(self, key: str) -> bool:
        """Whether it is a list of posts that are no more, or an old style."""
        if key.startswith("blog/archive/"):
            return key not in {addresses.archive_key(year) for year in self._by_year}
        if key.startswith("blog/api/pages/"):
            return key not in {page[0] for page in self._list_pages()}
        return False

    @cached_property
    def _slugs(self) -> set[str]:
        return {one.slug for one in self.headlines}

    @cached_property
    def _places(self) -> dict[UUID, int]:
        return {one.id: place for place, one in enumerate(self.headlines)}

    @cached_property
    def _by_year(self) -> dict[int, list[Headline]]:
        return {
            year: list(found) for year, found in groupby(self.headlines, lambda one: one.published_at.year)
        }
