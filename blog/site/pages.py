"""The pages of the blog, out of templates. They need no script, and a file is the same for everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language_info, override

from blog import markdown
from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site.addresses import FEED, HOME, archive_key, page_key, path_of, url_of

# A picture is as wide as the window, but never wider than the column.
BODY_SIZES = "(min-width: 46rem) 44rem, 100vw"
CARD_SIZES = "(min-width: 60rem) 19rem, (min-width: 40rem) 45vw, 100vw"
DESCRIPTION_LENGTH = 200
# Posts on the first page.
HOME_LENGTH = 12
_BESIDE = Path(__file__).parent


def post_page(
    headline: Headline,
    *,
    text: str,
    html: str,
    pictures: Mapping[UUID, Picture],
    newer: Headline | None,
    older: Headline | None,
) -> bytes:
    """The page of a post."""
    context = {
        "post": headline,
        "html": html,
        "cover": picture_html(headline.cover_id, pictures, sizes=BODY_SIZES, is_first=True),
        "cover_url": _cover_url(headline, pictures),
        "description": headline.summary or markdown.plain_text(text, length=DESCRIPTION_LENGTH),
        "newer": newer and _linked(newer),
        "older": older and _linked(older),
    }
    return _render("post", page_key(headline.slug), headline.language, context)


def body_html(headline: Headline, text: str, pictures: Mapping[UUID, Picture]) -> str:
    """The text of a post as HTML. Where a cover stands above it, no picture of it is the first."""

    def picture_of(photo_id: UUID, alt: str, is_first: bool) -> str:
        has_cover = headline.cover_id in pictures
        return picture_html(
            photo_id, pictures, sizes=BODY_SIZES, alt=alt, is_first=is_first and not has_cover
        )

    return markdown.render(text, picture_of)


def home_page(headlines: Sequence[Headline], years: Sequence[int], pictures: Mapping[UUID, Picture]) -> bytes:
    """The first page: the newest posts, and the way to the others."""
    cards = [_card(one, pictures, is_first=place == 0) for place, one in enumerate(headlines[:HOME_LENGTH])]
    return _render("home", HOME, "en", {"cards": cards, "archives": _archives(years)})


def archive_page(year: int, headlines: Sequence[Headline], years: Sequence[int]) -> bytes:
    """The posts of a year."""
    context = {
        "year": year,
        "posts": [_linked(one) for one in headlines],
        "archives": _archives(years),
    }
    return _render("archive", archive_key(year), "en", context)


def missing_page() -> bytes:
    """What stands where nothing is."""
    return _render("missing", "404.html", "en", {})


def preview_page(title: str, html: str) -> str:
    """A text as the page would show it, without the page around it."""
    return render_to_string("blog/site/preview.html", {"title": title, "html": html})


def stylesheet() -> tuple[str, bytes]:
    """Key and bytes of the style. Other bytes have another key, so it is kept for ever."""
    return _asset("blog.css")


def icon() -> tuple[str, bytes]:
    """Key and bytes of the icon; the same."""
    return _asset("icon.svg")


@lru_cache
def _asset(name: str) -> tuple[str, bytes]:
    content = (_BESIDE / name).read_bytes()
    return f"blog/assets/{hashlib.sha256(content).hexdigest()[:16]}{Path(name).suffix}", content


def _render(template: str, key: str, language: str, context: dict[str, Any]) -> bytes:
    """One page in one language. A page that names no moment of its own is equal bytes each time."""
    site = {
        "title": settings.BLOG_TITLE,
        "tagline": settings.BLOG_TAGLINE,
        "home": path_of(HOME),
        "feed": path_of(FEED),
        "style": path_of(stylesheet()[0]),
        "icon": path_of(icon()[0]),
        "subscribe": f"{settings.WEB_URL}/blog/subscribe",
        "form_origin": settings.WEB_URL,
    }
    with override(language):
        page = render_to_string(
            f"blog/site/{template}.html",
            {
                **context,
                "site": site,
                "canonical": url_of(key),
                "language": language,
                "direction": direction_of(language),
            },
        )
    return page.encode()


def direction_of(language: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def _card(headline: Headline, pictures: Mapping[UUID, Picture], *, is_first: bool) -> dict[str, Any]:
    picture = picture_html(headline.cover_id, pictures, sizes=CARD_SIZES, alt=" ", is_first=is_first)
    return {**_linked(headline), "picture": picture, "summary": headline.summary}


def _linked(headline: Headline) -> dict[str, Any]:
    return {
        "path": path_of(page_key(headline.slug)),
        "title": headline.title,
        "language": headline.language,
        "direction": direction_of(headline.language),
        "published_at": headline.published_at,
        "author_name": headline.author_name,
    }


def _archives(years: Sequence[int]) -> list[dict[str, Any]]:
    return [{"year": year, "path": path_of(archive_key(year))} for year in years]


def _cover_url(headline: Headline, pictures: Mapping[UUID, Picture]) -> str:
    picture = pictures.get(headline.cover_id) if headline.cover_id else None
    return picture.src if picture else ""


def picture_html(
    photo_id: UUID | None,
    pictures: Mapping[UUID, Picture],
    *,
    sizes: str,
    alt: str = "",
    is_first: bool = False,
) -> str:
    """The `<picture>` of a photo; nothing where it has no renditions. A blank `alt` is decoration."""
    picture = pictures.get(photo_id) if photo_id else None
    if picture is None:
        return ""
    context = {"picture": picture, "alt": (alt or picture.alt).strip(), "sizes": sizes, "is_first": is_first}
    return render_to_string("blog/site/picture.html", context)
