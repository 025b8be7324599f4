"""What programs read of posts and lists: JSON, the Markdown, the web manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

from blog.markdown import with_photo_addresses
from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site.addresses import HOME, ListKey, document_key, list_key, page_key, path_of, source_key, url_of
from blog.site.looks import icon

# Posts on a page of a list.
LIST_LENGTH = 50


def summary_document(headline: Headline, pictures: Mapping[UUID, Picture]) -> dict[str, Any]:
    """A post as lists give it."""
    cover = pictures.get(headline.cover_id) if headline.cover_id else None
    return {
        "id": str(headline.id),
        "slug": headline.slug,
        "url": url_of(page_key(headline.slug)),
        "json_url": url_of(document_key(headline.slug)),
        "markdown_url": url_of(source_key(headline.slug)),
        "canonical_url": headline.canonical_url or url_of(page_key(headline.slug)),
        "title": headline.title,
        "summary": headline.summary,
        "language": headline.language,
        "tags": [tag.name for tag in headline.tags],
        "author": _author(headline),
        "cover": cover and picture_document(cover),
        "published_at": headline.published_at,
        "changed_at": headline.changed_at,
    }


def post_document(
    headline: Headline, *, markdown: str, html: str, pictures: Mapping[UUID, Picture]
) -> dict[str, Any]:
    """A post with its text, as Markdown and as the page shows it."""
    return {**summary_document(headline, pictures), "markdown": markdown, "html": html}


def list_document(
    headlines: Sequence[Headline], *, older: str | None, pictures: Mapping[UUID, Picture]
) -> dict[str, Any]:
    """Posts from the newest on, and where older ones are."""
    return {"items": [summary_document(one, pictures) for one in headlines], "next": older and url_of(older)}


def picture_document(picture: Picture) -> dict[str, Any]:
    """A photo in every width and format that there is."""
    return {
        "src": picture.src,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "focal_point": {"x": picture.focal_x, "y": picture.focal_y},
        "sources": [{"type": one.content_type, "srcset": one.srcset} for one in picture.sources],
    }


def post_source(headline: Headline, text: str, pictures: Mapping[UUID, Picture]) -> bytes:
    """The text as it was written, below what is said of it; photos by their public addresses."""
    about = {
        "title": headline.title,
        "description": headline.summary,
        "date": headline.published_at,
        "lastmod": headline.changed_at,
        "slug": headline.slug,
        "language": headline.language,
        "author": headline.author_name,
        "tags": [tag.name for tag in headline.tags],
        "canonical_url": headline.canonical_url,
    }
    # JSON is YAML, and needs no rules for what is to be quoted.
    lines = [f"{name}: {_json(value)}\n" for name, value in about.items() if value]
    body = with_photo_addresses(text, {photo_id: one.src for photo_id, one in pictures.items()})
    return f"---\n{''.join(lines)}---\n\n{body.rstrip()}\n".encode()


def web_manifest() -> bytes:
    """What a telephone keeps of the blog that is put on its first screen."""
    document = {
        "name": settings.BLOG_TITLE,
        "short_name": settings.BLOG_TITLE[:12].rstrip(),
        "description": settings.BLOG_TAGLINE,
        "id": path_of(HOME),
        "start_url": path_of(HOME),
        "scope": path_of(HOME),
        "display": "browser",
        "background_color": "#fdfcfa",
        "theme_color": "#1d5c8f",
        "icons": [{"src": path_of(icon()[0]), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return to_bytes(document)


def to_bytes(document: dict[str, Any]) -> bytes:
    """JSON, the same bytes for the same document."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS).decode()


def _author(headline: Headline) -> dict[str, str | None] | None:
    if not headline.author_name:
        return None
    page = url_of(list_key(ListKey("author", headline.author_slug))) if headline.author_slug else None
    return {"name": headline.author_name, "about": headline.author_about, "url": page}
