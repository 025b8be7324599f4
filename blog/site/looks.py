"""How pages look: the templates, the theme, and a name for each state of them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import get_template

from blog.form_age import token_of_file
from blog.site.addresses import ATOM, HOME, JSON_FEED, MANIFEST, RSS, path_of

_BESIDE = Path(__file__).parent
# What is the same on every page, around what is its own.
FRAME = ("links.html", "top.html", "bottom.html")
# What a page is made of beside `base.html`.
_TEMPLATES = {
    "post": ("post.html", "picture.html"),
    "list": ("list.html",),
    "redirect": ("redirect.html",),
}
# Raised when the same template and the same post are to give other bytes.
REVISION = 1


def stylesheet() -> tuple[str, bytes]:
    """Key and bytes of the style, with the theme's own at its end. Other bytes have another key."""
    return _asset("blog.css", settings.BLOG_THEME_DIR)


def icon() -> tuple[str, bytes]:
    """Key and bytes of the icon; the same."""
    return _asset("icon.svg", settings.BLOG_THEME_DIR)


@lru_cache
def _asset(name: str, theme: str) -> tuple[str, bytes]:
    content = (_BESIDE / name).read_bytes()
    own = Path(theme) / ("theme.css" if name == "blog.css" else name)
    if theme and own.is_file():
        content = content + b"\n" + own.read_bytes() if name == "blog.css" else own.read_bytes()
    return f"blog/assets/{hashlib.sha256(content).hexdigest()[:16]}{Path(name).suffix}", content


def site_context() -> dict[str, Any]:
    """What every page says of the blog."""
    return {
        "title": settings.BLOG_TITLE,
        "tagline": settings.BLOG_TAGLINE,
        "home": path_of(HOME),
        "atom": path_of(ATOM),
        "rss": path_of(RSS),
        "json_feed": path_of(JSON_FEED),
        "manifest": path_of(MANIFEST),
        "style": path_of(stylesheet()[0]),
        "icon": path_of(icon()[0]),
        "subscribe": f"{settings.WEB_URL}/blog/subscribe",
        "search": f"{settings.WEB_URL}/blog/search",
        "form_origin": settings.WEB_URL,
        "form_token": token_of_file(),
    }


def look_of(page: str) -> str:
    """The thing that a page of this kind shows beside its content: `look:<page>:<hash>`."""
    digest = hashlib.sha256(repr((REVISION, settings.PUBLIC_URL, site_context())).encode())
    for name in ("base.html", *FRAME, *_TEMPLATES[page]):
        digest.update(_source(name).encode())
    return f"look:{page}:{digest.hexdigest()[:16]}"


def looks() -> list[str]:
    """Every look as it is now."""
    return [look_of(page) for page in _TEMPLATES]


@lru_cache
def _source(name: str) -> str:
    template: Any = get_template(f"blog/site/{name}")
    return str(template.template.source)
