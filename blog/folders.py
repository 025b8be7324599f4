"""Folders of posts as Hugo, Jekyll and Eleventy keep them: Markdown files that begin with front matter."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SUFFIXES = (".md", ".markdown")
# Above what a post may have, with room for what is said of it.
FILE_BYTES_MOST = 1_000_000
FRONT_MATTER_MOST = 64_000
# Where the three look for what a page calls `/images/x.jpg`.
_ROOTS = ("", "static", "assets", "public", "src")
_JEKYLL_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")
_FENCES = {"---": "yaml", "+++": "toml"}
_IMAGE = re.compile(
    r"!\[(?P<alt>(?:[^\[\]\\]|\\.)*)\]"
    r"\(\s*<?(?P<address>[^\s<>)]+)>?(?P<title>\s+\"[^\"]*\")?\s*\)"
)
_SKIPPED = ("_index.md", "readme.md", "license.md", "changelog.md")


class BadFile(Exception):
    """A file that is no post; the text says why."""


@dataclass(frozen=True)
class FolderPost:
    """What a file says of a post, in the words of the blog's commands."""

    path: str
    title: str
    slug: str
    body: str
    summary: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    is_draft: bool = False
    canonical_url: str = ""
    cover: str = ""
    id: str = ""
    # Addresses that it had before; the last part of each.
    aliases: tuple[str, ...] = ()
    images: tuple[str, ...] = field(default=(), compare=False)


def list_files(folder: Path) -> Iterator[Path]:
    """Every file that may be a post, in order. What is hidden, or leads out of the folder, is passed over."""
    for directory, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith((".", "_site", "node_modules")))
        for name in sorted(files):
            if name.lower().endswith(SUFFIXES) and name.lower() not in _SKIPPED:
                yield Path(directory) / name


def read_post(folder: Path, path: Path) -> FolderPost:
    """What one file says.

    Raises:
        BadFile: it cannot be read, has no front matter, or says something that is none.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadFile("It leads out of the folder.")
    if path.stat().st_size > FILE_BYTES_MOST:
        raise BadFile(f"It has more than {FILE_BYTES_MOST} bytes.")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadFile(f"It is no UTF-8: byte {error.start} is {error.object[error.start]:#04x}.") from error
    about, body = split(text)
    return _post(path.relative_to(folder), about, body.strip("\n"))


def split(text: str) -> tuple[dict[str, Any], str]:
    """Front matter, as YAML between `---` or TOML between `+++`, and what follows it.

    Raises:
        BadFile: there is none, it does not end, or it cannot be read.
    """
    fence, _, rest = text.partition("\n")
    kind = _FENCES.get(fence.rstrip())
    if kind is None:
        raise BadFile("It does not begin with front matter (a line of --- or +++).")
    match = re.search(rf"^{re.escape(fence.rstrip())}[ \t]*$", rest, re.MULTILINE)
    if match is None:
        raise BadFile(f"Its front matter does not end: there is no second line of {fence.rstrip()}.")
    if match.start() > FRONT_MATTER_MOST:
        raise BadFile(f"Its front matter has more than {FRONT_MATTER_MOST} characters.")
    about = _parsed(kind, rest[: match.start()])
    if not isinstance(about, dict):
        raise BadFile("Its front matter is no list of names with values.")
    return {str(name).lower(): value for name, value in about.items()}, rest[match.end() :].lstrip("\n")


def _parsed(kind: str, text: str) -> Any:
    import yaml

    try:
        return tomllib.loads(text) if kind == "toml" else yaml.safe_load(text) or {}
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        first = " ".join(str(error).split())[:200]
        raise BadFile(f"Its front matter cannot be read: {first}") from error


def _post(path: Path, about: Mapping[str, Any], body: str) -> FolderPost:
    stem = path.parent.name if path.stem == "index" and path.parent.name else path.stem
    named_at, stem = match.groups() if (match := _JEKYLL_NAME.fullmatch(stem)) else ("", stem)
    aliases = [*_words(about.get("aliases")), *_words(about.get("redirect_from"))]
    return FolderPost(
        path=path.as_posix(),
        title=_text(about, "title") or stem.replace("-", " ").replace("_", " ").capitalize(),
        slug=_slug(_text(about, "slug") or _last_part(_text(about, "permalink", "url")) or stem),
        body=body,
        summary=_text(about, "summary", "description", "excerpt"),
        language=_text(about, "language", "lang", "locale").replace("_", "-"),
        tags=tuple(dict.fromkeys([*_words(about.get("tags")), *_words(about.get("categories"))])),
        published_at=_moment(about.get("date", about.get("published_at", named_at or None))),
        is_draft=about.get("draft") is True or about.get("published") is False,
        canonical_url=_text(about, "canonical_url", "canonicalurl", "canonical"),
        cover=_cover(about),
        id=_text(about, "id"),
        aliases=tuple(slug for one in aliases if (slug := _slug(_last_part(one)))),
        images=tuple(match["address"] for match in _IMAGE.finditer(body)),
    )


def with_images(body: str, found: Mapping[str, str]) -> str:
    """The text with other addresses for these images; the others stay."""

    def other(match: re.Match[str]) -> str:
        address = found.get(match["address"])
        return f"![{match['alt']}]({address}{match['title'] or ''})" if address else match[0]

    return _IMAGE.sub(other, body)


def find_image(folder: Path, post: FolderPost, address: str) -> Path | None:
    """The file that a post means by this address; None for an address elsewhere.

    Raises:
        BadFile: there is no such file, or it leads out of the folder.
    """
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    name = unquote(parts.path)
    beside = (folder / post.path).parent
    places = [folder / root / name.lstrip("/") for root in _ROOTS]
    places = places if name.startswith("/") else [beside / name, *places]
    for place in places:
        if place.is_file():
            if not place.resolve().is_relative_to(folder.resolve()):
                raise BadFile(f"“{address}” leads out of the folder.")
            return place
    raise BadFile(f"There is no file “{address}”.")


def _text(about: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = about.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def _words(value: Any) -> list[str]:
    """A list, or text with commas, or with spaces as Jekyll has it."""
    if isinstance(value, str):
        value = value.split(",") if "," in value else value.split()
    if not isinstance(value, list):
        return []
    return [str(one).strip() for one in value if str(one).strip()]


def _moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime(value.year, value.month, value.day, tzinfo=UTC)
        else:
            found = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise BadFile(f"Its date “{value}” is none: write 2026-05-31 or 2026-05-31T09:00:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _cover(about: Mapping[str, Any]) -> str:
    for name in ("cover", "image", "featured_image", "thumbnail"):
        value = about.get(name)
        if isinstance(value, Mapping):
            value = value.get("image") or value.get("path")
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _last_part(address: str) -> str:
    parts = [part for part in urlsplit(address).path.split("/") if part and part != "index.html"]
    return parts[-1].removesuffix(".html") if parts else ""


def _slug(text: str) -> str:
    from django.utils.text import slugify

    return re.sub(r"-+", "-", slugify(text).replace("_", "-")).strip("-")[:100].strip("-")
