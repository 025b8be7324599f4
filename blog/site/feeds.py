"""What machines read to find posts: the Atom feed (RFC 4287), the sitemap, robots.txt."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator

from blog.queries.public import Headline
from blog.site.addresses import FEED, HOME, SITEMAP, page_key, url_of

# Entries of the feed.
FEED_LENGTH = 20
# Of the blog itself, when nothing is public yet.
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


class _Feed(Atom1Feed):
    """Django's Atom feed, with the whole text of each entry and its language."""

    def latest_post_date(self) -> datetime:
        """When anything in the feed changed last: not when it was written, so equal feeds are equal bytes."""
        changes = [item["updateddate"] for item in self.items]
        return max(changes, default=_BEGINNING)

    def item_attributes(self, item: Any) -> dict[str, str]:
        """The language of an entry."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: Any) -> None:
        """What Django writes, and the text as the page shows it."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["html"], {"type": "html"})


def atom_feed(headlines: Sequence[Headline], html_of: dict[Any, str]) -> bytes:
    """The feed of the newest posts. An entry's id is the post's own, whatever its address becomes."""
    feed = _Feed(
        title=settings.BLOG_TITLE,
        link=url_of(HOME),
        description="",
        subtitle=settings.BLOG_TAGLINE or None,
        language="en",
        feed_url=url_of(FEED),
        author_name=settings.BLOG_TITLE,
    )
    for headline in headlines[:FEED_LENGTH]:
        # Django writes no summary for None, though its type does not say so.
        summary: Any = headline.summary or None
        feed.add_item(
            title=headline.title,
            link=url_of(page_key(headline.slug)),
            description=summary,
            unique_id=f"urn:uuid:{headline.id}",
            pubdate=headline.published_at,
            updateddate=headline.changed_at,
            author_name=headline.author_name or None,
            html=html_of[headline.id],
            language=headline.language,
        )
    written = io.StringIO()
    feed.write(written, "utf-8")
    return written.getvalue().encode()


def sitemap(entries: Sequence[tuple[str, datetime | None]]) -> bytes:
    """The sitemap of these keys, each with its last change (sitemaps.org)."""
    written = io.BytesIO()
    # Attributes are plain dictionaries here, as everywhere in Django, whatever the stubs of SAX say.
    xml: Any = SimplerXMLGenerator(written, "utf-8")
    xml.startDocument()
    xml.startElement("urlset", {"xmlns": _SITEMAP_NAMESPACE})
    for key, changed_at in entries:
        xml.startElement("url", {})
        xml.addQuickElement("loc", url_of(key))
        if changed_at is not None:
            xml.addQuickElement("lastmod", changed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        xml.endElement("url")
    xml.endElement("urlset")
    xml.endDocument()
    return written.getvalue()


def robots() -> bytes:
    """Everybody may read everything."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {url_of(SITEMAP)}\n".encode()
