"""The keys of the blog's files in the public bucket, and the addresses at which they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

SCOPE = "blog"
HOME = "blog/index.html"
ARCHIVES = "blog/archive/index.html"
ATOM = "blog/feed.atom"
RSS = "blog/feed.rss"
JSON_FEED = "blog/feed.json"
SITEMAP = "blog/sitemap.xml"
SITEMAP_OF_LISTS = "blog/sitemaps/lists.xml"
MANIFEST = "blog/site.webmanifest"
MISSING = "404.html"
ROBOTS = "robots.txt"

_POST_FILE = re.compile(r"blog/(?:api/posts/([a-z0-9-]+)\.json|([a-z0-9-]+)/index\.(?:html|md))")
_LIST_PAGE = re.compile(r"blog/(archive|tags|authors)/([a-z0-9-]+)(?:/(\d+))?/index\.html")
_LIST_JSON = re.compile(r"blog/api/(?:(pages)/(\d+)|(posts)|tags/([a-z0-9-]+)(?:/(\d+))?)\.json")
_SITEMAP_PART = re.compile(r"blog/sitemaps/(\d+)\.xml")
_KINDS = {"archive": "year", "tags": "tag", "authors": "author"}
_FOLDERS = {kind: folder for folder, kind in _KINDS.items()}


@dataclass(frozen=True)
class ListKey:
    """A list by its name in addresses: `year` 2026, `tag` or `author` and a slug, `all`, `sitemap`."""

    kind: str
    name: str = ""


def page_key(slug: str) -> str:
    """The page of a post."""
    return f"blog/{slug}/index.html"


def source_key(slug: str) -> str:
    """The Markdown of a post."""
    return f"blog/{slug}/index.md"


def document_key(slug: str) -> str:
    """The JSON of a post."""
    return f"blog/api/posts/{slug}.json"


def post_keys(slug: str) -> tuple[str, str, str]:
    """All of them."""
    return page_key(slug), source_key(slug), document_key(slug)


def list_key(of: ListKey, number: int | None = None) -> str:
    """A page of a list, for people. Full ones are counted from the oldest: their posts stay on them."""
    return f"blog/{_FOLDERS[of.kind]}/{of.name}/{f'{number}/' if number else ''}index.html"


def list_document_key(of: ListKey, number: int | None = None) -> str:
    """The same for programs: of all posts, or of a tag."""
    if of.kind == "all":
        return f"blog/api/pages/{number}.json" if number else "blog/api/posts.json"
    return f"blog/api/tags/{of.name}{f'/{number}' if number else ''}.json"


def sitemap_key(number: int) -> str:
    """A part of the sitemap, counted from the oldest post."""
    return f"blog/sitemaps/{number}.xml"


def slug_of_key(key: str) -> str:
    """The slug of the post whose page, text or JSON has this key; empty for any other file."""
    match = _POST_FILE.fullmatch(key)
    return (match[1] or match[2]) if match and match[2] != "archive" else ""


def list_of_key(key: str) -> tuple[ListKey, int | None] | None:
    """The list that a key is a page of, with the number of the page (None: the newest)."""
    if match := _LIST_PAGE.fullmatch(key):
        return ListKey(_KINDS[match[1]], match[2]), _number(match[3])
    if match := _LIST_JSON.fullmatch(key):
        if match[4]:
            return ListKey("tag", match[4]), _number(match[5])
        return ListKey("all"), _number(match[2])
    if match := _SITEMAP_PART.fullmatch(key):
        return ListKey("sitemap"), _number(match[1])
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def url_of(key: str) -> str:
    """The address of a file as everybody writes it: a directory's page without its file name."""
    return f"{settings.PUBLIC_URL}/{key.removesuffix('index.html')}"


def path_of(key: str) -> str:
    """The same without scheme and host, for links within the site."""
    return urlsplit(url_of(key)).path
