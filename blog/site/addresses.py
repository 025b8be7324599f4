"""The keys of the blog's files in the public bucket, and the addresses at which they are read."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings

SCOPE = "blog"
HOME = "blog/index.html"
FEED = "blog/feed.atom"
SITEMAP = "blog/sitemap.xml"
LIST = "blog/api/posts.json"
MISSING = "404.html"
ROBOTS = "robots.txt"

_POST_FILE = re.compile(r"blog/(?:api/posts/([a-z0-9-]+)\.json|([a-z0-9-]+)/index\.html)")


def page_key(slug: str) -> str:
    """The page of a post."""
    return f"blog/{slug}/index.html"


def document_key(slug: str) -> str:
    """The JSON of a post."""
    return f"blog/api/posts/{slug}.json"


def list_key(number: int) -> str:
    """A full page of the JSON list, counted from the oldest: its posts never move to another."""
    return f"blog/api/pages/{number}.json"


def archive_key(year: int) -> str:
    """The page with the posts of a year."""
    return f"blog/archive/{year}/index.html"


def slug_of_key(key: str) -> str:
    """The slug of the post whose page or JSON has this key; empty for any other file."""
    match = _POST_FILE.fullmatch(key)
    return (match[1] or match[2]) if match else ""


def url_of(key: str) -> str:
    """The address of a file as everybody writes it: a directory's page without its file name."""
    return f"{settings.PUBLIC_URL}/{key.removesuffix('index.html')}"


def path_of(key: str) -> str:
    """The same without scheme and host, for links within the site."""
    return urlsplit(url_of(key)).path
