"""What machines read to find posts: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1, sitemaps, robots.txt."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed

from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site.addresses import ATOM, HOME, JSON_FEED, RSS, SITEMAP, ListKey, list_key, page_key, url_of
from blog.site.documents import to_bytes

# Entries of a feed.
FEED_LENGTH = 20
# Addresses in a part of the sitemap: it may have 50 000, but it is written at each publication.
SITEMAP_LENGTH = 1000
# Of the blog itself, when nothing is public yet.
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


class _Dated(SyndicationFeed):
    """A feed that is as old as what changed last in it: not as its file, so equal feeds are equal bytes."""

    def latest_post_date(self) -> datetime:
        """When anything in the feed changed last."""
        changes = [item["updateddate"] for item in self.items]
        return max(changes, default=_BEGINNING)


class _Atom(_Dated, Atom1Feed):
    """Django's Atom feed, with the whole text of each entry and its language."""

    def item_attributes(self, item: Any) -> dict[str, str]:
        """The language of an entry."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: Any) -> None:
        """What Django writes, and the text as the page shows it."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["html"], {"type": "html"})


class _Rss(_Dated, Rss201rev2Feed):
    """Django's RSS, with the whole text and the name of who wrote it (RSS itself wants a mail address)."""

    def rss_attributes(self) -> dict[str, str]:
        """The names of the two modules."""
        return {
            **super().rss_attributes(),
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
        }

    def add_item_elements(self, handler: Any, item: Any) -> None:
        """What Django writes, and the text as the page shows it."""
        author = item["author_name"]
        super().add_item_elements(handler, {**item, "author_name": None})
        if author:
            handler.addQuickElement("dc:creator", author)
        handler.addQuickElement("content:encoded", item["html"])


def atom_feed(headlines: Sequence[Headline], html_of: Mapping[UUID, str]) -> bytes:
    """The newest posts as Atom. An entry's id is the post's own, whatever its address becomes."""
    feed = _Atom(**_about(ATOM), subtitle=settings.BLOG_TAGLINE or None, author_name=settings.BLOG_TITLE)
    return _written(feed, headlines, html_of)


def rss_feed(headlines: Sequence[Headline], html_of: Mapping[UUID, str]) -> bytes:
    """The same as RSS."""
    feed = _Rss(**{**_about(RSS), "description": settings.BLOG_TAGLINE or settings.BLOG_TITLE})
    return _written(feed, headlines, html_of)


def json_feed(
    headlines: Sequence[Headline], html_of: Mapping[UUID, str], pictures: Mapping[UUID, Picture]
) -> bytes:
    """The same as JSON Feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": settings.BLOG_TITLE,
        "home_page_url": url_of(HOME),
        "feed_url": url_of(JSON_FEED),
        "language": "en",
        "items": [_item(one, html_of[one.id], pictures) for one in headlines[:FEED_LENGTH]],
    }
    if settings.BLOG_TAGLINE:
        document["description"] = settings.BLOG_TAGLINE
    return to_bytes(document)


def _item(headline: Headline, html: str, pictures: Mapping[UUID, Picture]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": f"urn:uuid:{headline.id}",
        "url": url_of(page_key(headline.slug)),
        "title": headline.title,
        "content_html": html,
        "date_published": headline.published_at,
        "date_modified": headline.changed_at,
        "language": headline.language,
    }
    if headline.summary:
        item["summary"] = headline.summary
    if headline.canonical_url:
        item["external_url"] = headline.canonical_url
    if headline.tags:
        item["tags"] = [tag.name for tag in headline.tags]
    if headline.author_name:
        item["authors"] = [{"name": headline.author_name}]
        if headline.author_slug:
            item["authors"][0]["url"] = url_of(list_key(ListKey("author", headline.author_slug)))
    if headline.cover_id is not None and headline.cover_id in pictures:
        item["image"] = pictures[headline.cover_id].src
    return item


def _about(key: str) -> Any:
    return {
        "title": settings.BLOG_TITLE,
        "link": url_of(HOME),
        "description": "",
        "language": "en",
        "feed_url": url_of(key),
    }


def _written(feed: SyndicationFeed, headlines: Sequence[Headline], html_of: Mapping[UUID, str]) -> bytes:
    for headline in headlines[:FEED_LENGTH]:
        # Readers take a description for HTML, as Django says it is. For None it writes none, though its
        # type does not say so.
        summary: Any = escape(headline.summary) or None
        feed.add_item(
            title=headline.title,
            link=url_of(page_key(headline.slug)),
            description=summary,
            unique_id=f"urn:uuid:{headline.id}",
            unique_id_is_permalink=False,
            pubdate=headline.published_at,
            updateddate=headline.changed_at,
            author_name=headline.author_name or None,
            categories=[tag.name for tag in headline.tags],
            html=html_of[headline.id],
            language=headline.language,
        )
    written = io.StringIO()
    feed.write(written, "utf-8")
    return written.getvalue().encode()


def sitemap(entries: Sequence[tuple[str, datetime | None]]) -> bytes:
    """A part of the sitemap: these keys, each with its last change (sitemaps.org)."""
    lines = [
        f"<url><loc>{escape(url_of(key))}</loc>{_last_change(changed_at)}</url>\n"
        for key, changed_at in entries
    ]
    return f'{_XML}<urlset xmlns="{_SITEMAPS}">\n{"".join(lines)}</urlset>\n'.encode()


def sitemap_index(keys: Sequence[str]) -> bytes:
    """Where the parts of the sitemap are."""
    lines = [f"<sitemap><loc>{escape(url_of(key))}</loc></sitemap>\n" for key in keys]
    return f'{_XML}<sitemapindex xmlns="{_SITEMAPS}">\n{"".join(lines)}</sitemapindex>\n'.encode()


def _last_change(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"<lastmod>{moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}</lastmod>"


def robots() -> bytes:
    """Everybody may read everything."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {url_of(SITEMAP)}\n".encode()
