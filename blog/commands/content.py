"""What is always true of a post's content, whichever door it came through; errors name the field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify
from django.utils.translation import gettext as _

from blog.commands.tags import cleaned_tags
from blog.models import (
    BODY_LENGTH_MOST,
    CANONICAL_LENGTH_MOST,
    SLUG_LENGTH_MOST,
    SUMMARY_LENGTH_MOST,
    TITLE_LENGTH_MOST,
    Photo,
    Post,
    Slug,
)
from chassis.errors import FieldError, InvalidInput

# Names below /blog/ that are not posts, now or in a later version.
FIXED_NAMES = frozenset(
    [
        "admin",
        "api",
        "archive",
        "archives",
        "author",
        "authors",
        "confirm",
        "feed",
        "feeds",
        "index",
        "media",
        "page",
        "pages",
        "photos",
        "preview",
        "search",
        "sitemap",
        "static",
        "subscribe",
        "subscription",
        "tag",
        "tags",
        "unsubscribe",
    ]
)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_LENGTHS = {
    "slug": SLUG_LENGTH_MOST,
    "title": TITLE_LENGTH_MOST,
    "summary": SUMMARY_LENGTH_MOST,
    "body": BODY_LENGTH_MOST,
    "language": 35,
    "canonical_url": CANONICAL_LENGTH_MOST,
}
_LINE_BREAKS = "\n\t"


def cleaned(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with one kind of line break and of Unicode composition.

    Raises:
        InvalidInput: at each field that is too long, empty where it must not be, or not readable text.
    """
    found = {name: _normal(value) if isinstance(value, str) else value for name, value in content.items()}
    errors = list(_findings(found))
    try:
        if "tags" in found:
            found["tags"] = cleaned_tags(found["tags"])
    except InvalidInput as error:
        errors += error.errors
    if errors:
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].detail}", errors=errors)
    return found


def claim_slug(post: Post, slug: str) -> None:
    """Make `slug` this post's own, and give up one that it never showed to anybody.

    Raises:
        InvalidInput: at `/slug`: another post has it, or had it once in public.
    """
    if not require_free_slug(post, slug):
        Slug.objects.create(slug=slug, post=post)
    post.slugs.filter(was_public=False).exclude(slug=slug).delete()


def require_free_slug(post: Post, slug: str) -> bool:
    """Whether the slug is this post's own already; False where it is nobody's.

    Raises:
        InvalidInput: at `/slug`: another post has it, or had it once in public.
    """
    owner = Slug.objects.filter(slug=slug).first()
    if owner is not None and owner.post_id != post.id:
        raise slug_taken(slug)
    return owner is not None


def slug_taken(slug: str) -> InvalidInput:
    """The finding that another post has this slug."""
    detail = _("Another post has the address “%(slug)s”. Choose another.") % {"slug": slug}
    return InvalidInput(f"/slug: {detail}", errors=[FieldError("/slug", "taken", detail)])


def free_slug(title: str) -> str:
    """A slug made from the title, that no post has and no page is named by."""
    stem = slugify(title)[: SLUG_LENGTH_MOST - 5].strip("-_").replace("_", "-") or "post"
    stem = re.sub(r"-+", "-", stem)
    taken = set(Slug.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    taken |= FIXED_NAMES
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _findings(content: Mapping[str, Any]) -> Iterator[FieldError]:
    for name, most in _LENGTHS.items():
        if len(content.get(name, "")) > most:
            detail = _("At most %(most)d characters; this has %(count)d.") % {
                "most": most,
                "count": len(content[name]),
            }
            yield FieldError(f"/{name}", "too-long", detail)
        elif (place := _unreadable(content.get(name, ""), one_line=name not in ("body", "summary"))) >= 0:
            detail = _("Remove the control character at position %(place)d.") % {"place": place}
            yield FieldError(f"/{name}", "control-character", detail)
    if "title" in content and not content["title"].strip():
        yield FieldError("/title", "blank", _("A post needs a title."))
    if "language" in content and not _LANGUAGE.fullmatch(content["language"]):
        yield FieldError("/language", "invalid", _("Write the language as en or pt-BR."))
    if "slug" in content and not _SLUG.fullmatch(content["slug"]):
        yield FieldError("/slug", "invalid", _("Small letters a to z, digits, and hyphens between them."))
    if (address := content.get("canonical_url", "")) and not _is_web_address(address):
        detail = _("Write the whole address, as https://example.org/a-text.")
        yield FieldError("/canonical_url", "not-an-address", detail)
    if (cover_id := content.get("cover_id")) and not Photo.objects.filter(
        id=cover_id, deleted_at=None
    ).exists():
        yield FieldError("/cover_id", "unknown-photo", _("There is no such photo. Upload it first."))
    if content.get("slug") in FIXED_NAMES:
        detail = _("“%(slug)s” is the address of another page of the blog. Choose another.")
        yield FieldError("/slug", "reserved", detail % {"slug": content["slug"]})


def _is_web_address(text: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        return False
    return text.isascii() and '"' not in text


def _unreadable(text: str, *, one_line: bool) -> int:
    """Where the first character is that no page, feed or JSON can carry; -1 if there is none."""
    allowed = "" if one_line else _LINE_BREAKS
    for place, letter in enumerate(text):
        if letter not in allowed and unicodedata.category(letter) in ("Cc", "Cs", "Cn"):
            return place
    return -1
