"""The pages of the blog, out of templates. They need no script, and a file is the same for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from blog import markdown
from blog.queries.photos import Picture
from blog.queries.public import Headline, Label
from blog.site.addresses import (
    ARCHIVES,
    HOME,
    MISSING,
    ListKey,
    list_key,
    page_key,
    path_of,
    source_key,
    url_of,
)
from blog.site.looks import FRAME, site_context
from blog.site.previews import with_previews

# A picture is as wide as the window, but never wider than the column.
BODY_SIZES = "(min-width: 46rem) 44rem, 100vw"
CARD_SIZES = "(min-width: 60rem) 19rem, (min-width: 40rem) 45vw, 100vw"
DESCRIPTION_LENGTH = 200
# Posts on the first page.
HOME_LENGTH = 12


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
    author = headline.author_slug and ListKey("author", headline.author_slug)
    context = {
        "post": headline,
        "html": with_previews(html, pictures),
        "cover": with_previews(
            picture_html(headline.cover_id, pictures, sizes=BODY_SIZES, is_first=True), pictures
        ),
        "cover_url": _cover_url(headline, pictures),
        "description": headline.summary or markdown.plain_text(text, length=DESCRIPTION_LENGTH),
        "author_path": path_of(list_key(author)) if author else "",
        "author_url": url_of(list_key(author)) if author else "",
        "tags": [_label(tag, "tag") for tag in headline.tags],
        "source": path_of(source_key(headline.slug)),
        "page_url": url_of(page_key(headline.slug)),
        "newer": newer and _linked(newer),
        "older": older and _linked(older),
    }
    canonical = headline.canonical_url or url_of(page_key(headline.slug))
    return _render("post", canonical, headline.language, context)


def redirect_page(headline: Headline) -> bytes:
    """What stands at an address that a post had before: it leads on to where the post is."""
    context = {"post": headline, "path": path_of(page_key(headline.slug))}
    canonical = headline.canonical_url or url_of(page_key(headline.slug))
    return _render("redirect", canonical, headline.language, context)


def body_html(headline: Headline, text: str, pictures: Mapping[UUID, Picture]) -> str:
    """The text of a post as HTML. Where a cover stands above it, no picture of it is the first."""

    def picture_of(photo_id: UUID, alt: str, is_first: bool) -> str:
        has_cover = headline.cover_id in pictures
        return picture_html(
            photo_id, pictures, sizes=BODY_SIZES, alt=alt, is_first=is_first and not has_cover
        )

    return markdown.render(text, picture_of)


def home_page(
    headlines: Sequence[Headline], pictures: Mapping[UUID, Picture], *, has_archives: bool
) -> bytes:
    """The first page: the newest posts, what they are about, and the way to the others."""
    shown = headlines[:HOME_LENGTH]
    cards = [_card(one, pictures, is_first=place == 0) for place, one in enumerate(shown)]
    tags = sorted({tag for one in shown for tag in one.tags}, key=lambda tag: tag.name.lower())
    context = {
        "cards": cards,
        "tags": [_label(tag, "tag") for tag in tags],
        "archives": path_of(ARCHIVES) if has_archives else "",
    }
    return _render("home", url_of(HOME), "en", context)


def archives_page(years: Sequence[tuple[int, int]], tags: Sequence[Label], authors: Sequence[Label]) -> bytes:
    """The way to every list: years with the count of their posts, tags, authors."""
    context = {
        "years": [
            {"name": year, "count": count, "path": path_of(list_key(ListKey("year", str(year))))}
            for year, count in years
        ],
        "tags": [_label(tag, "tag") for tag in tags],
        "authors": [_label(author, "author") for author in authors],
    }
    return _render("archives", url_of(ARCHIVES), "en", context)


def list_page(
    of: ListKey,
    number: int | None,
    headlines: Sequence[Headline],
    *,
    name: str,
    about: str,
    older: int | None,
    is_alone: bool,
) -> bytes:
    """A page of a list: of a year, a tag, an author."""
    titles = {"year": _("Posts of %(name)s"), "tag": _("Posts about %(name)s"), "author": "%(name)s"}
    context = {
        "heading": titles[of.kind] % {"name": name},
        "about": about,
        "kind": of.kind,
        "with_year": of.kind != "year",
        "number": number,
        "posts": [_linked(one) for one in headlines],
        "older": path_of(list_key(of, older)) if older else "",
        "newest": "" if number is None or is_alone else path_of(list_key(of)),
        "archives": path_of(ARCHIVES),
    }
    return _render("list", url_of(list_key(of, number)), "en", context)


def missing_page() -> bytes:
    """What stands where nothing is."""
    return _render("missing", url_of(MISSING), "en", {})


def preview_page(title: str, html: str) -> str:
    """A text as the page would show it, without the page around it."""
    return render_to_string("blog/site/preview.html", {"title": title, "html": html})


def _render(template: str, canonical: str, language: str, context: dict[str, Any]) -> bytes:
    """One page in one language. A page that names no moment of its own is equal bytes each time."""
    site = site_context()
    with override(language):
        page = render_to_string(
            f"blog/site/{template}.html",
            {
                **context,
                "site": site,
                "frame": _frame(language, settings.BLOG_THEME_DIR, tuple(site.items())),
                "canonical": canonical,
                "language": language,
                "direction": direction_of(language),
            },
        )
    return page.encode()


@lru_cache(maxsize=64)
def _frame(language: str, theme: str, site: tuple[tuple[str, Any], ...]) -> dict[str, str]:
    """What is around every page, in the language that is active: made once for each language, theme (whose
    templates these may be) and site, as it is a part of the work.
    """
    names = [name.removesuffix(".html") for name in FRAME]
    return {name: render_to_string(f"blog/site/{name}.html", {"site": dict(site)}) for name in names}


def direction_of(language: str) -> str:
    """Which way a language is written: `ltr` or `rtl`."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "ltr"


def _card(headline: Headline, pictures: Mapping[UUID, Picture], *, is_first: bool) -> dict[str, Any]:
    picture = picture_html(
        headline.cover_id, pictures, sizes=CARD_SIZES, alt=" ", is_first=is_first, is_cut=True
    )
    return {
        **_linked(headline),
        "picture": with_previews(picture, pictures),
        "summary": headline.summary,
    }


def _linked(headline: Headline) -> dict[str, Any]:
    return {
        "path": path_of(page_key(headline.slug)),
        "title": headline.title,
        "language": headline.language,
        "direction": direction_of(headline.language),
        "published_at": headline.published_at,
        "author_name": headline.author_name,
    }


def _label(label: Label, kind: str) -> dict[str, str]:
    return {"name": label.name, "path": path_of(list_key(ListKey(kind, label.slug)))}


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
    is_cut: bool = False,
) -> str:
    """The `<picture>` of a photo; nothing where it has no renditions. A blank `alt` is decoration. Where
    it is cut to a shape, its focal point stays in view.
    """
    picture = pictures.get(photo_id) if photo_id else None
    if picture is None:
        return ""
    context = {
        "picture": picture,
        "alt": (alt or picture.alt).strip(),
        "sizes": sizes,
        "is_first": is_first,
        # As classes, in tenths: pages have no style of their own.
        "focus": f"x{round(picture.focal_x / 10)} y{round(picture.focal_y / 10)}" if is_cut else "",
    }
    return render_to_string("blog/site/picture.html", context)
