"""The public JSON of posts and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site.addresses import document_key, page_key, url_of

# Posts on a page of the JSON list.
LIST_LENGTH = 50


def summary_document(headline: Headline, pictures: Mapping[UUID, Picture]) -> dict[str, Any]:
    """A post as lists give it."""
    cover = pictures.get(headline.cover_id) if headline.cover_id else None
    return {
        "id": str(headline.id),
        "slug": headline.slug,
        "url": url_of(page_key(headline.slug)),
        "json_url": url_of(document_key(headline.slug)),
        "title": headline.title,
        "summary": headline.summary,
        "language": headline.language,
        "author": {"name": headline.author_name, "about": headline.author_about}
        if headline.author_name
        else None,
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
        "sources": [{"type": one.content_type, "srcset": one.srcset} for one in picture.sources],
    }


def to_bytes(document: dict[str, Any]) -> bytes:
    """JSON, the same bytes for the same document."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)
