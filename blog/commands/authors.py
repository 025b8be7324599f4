"""Authors: made when they first write, and what accounts says of them, kept beside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.text import slugify

from blog.models import Author
from chassis import publishing, services
from chassis.transactions import in_transaction

log = logging.getLogger(__name__)


def ensure_author(subject: str, *, issuer: str = "") -> Author:
    """The author of this subject at the issuer, made if there is none yet."""
    author, _made = Author.objects.get_or_create(issuer=issuer or settings.OIDC_ISSUER, subject=subject)
    return author


def read_author_profile(*, author_id: UUID) -> bool:
    """Ask accounts for an author's public profile; whether it says something new. Not in a transaction.

    When it does, the blog's pages are asked for again, in the same transaction. A profile that is
    private, or gone, leaves the author without a name.

    Raises:
        Unavailable: accounts does not answer. What was known stays.
    """
    author = Author.objects.get(id=author_id)
    if author.issuer != settings.OIDC_ISSUER:
        return False  # accounts knows the subjects of one issuer alone.
    answer = services.client("accounts", caller="blog").get(
        "profiles",
        params={"subject": author.subject},
        headers={"If-None-Match": author.profile_etag} if author.profile_etag else {},
    )
    if answer.status_code == 304:
        return _keep(author_id, {})
    if answer.status_code == 404:
        return _keep(author_id, {"display_name": "", "bio": "", "profile_etag": ""})
    answer.raise_for_status()
    profile: Mapping[str, Any] = answer.json()
    said = {
        "display_name": str(profile["display_name"])[:100],
        "bio": str(profile["bio"])[:2000],
        "profile_etag": answer.headers.get("ETag", "")[:100],
    }
    return _keep(author_id, said)


def _keep(author_id: UUID, said: Mapping[str, str]) -> bool:
    """Write what accounts said, and have the pages that show it made again where it is new."""

    def write() -> bool:
        author = Author.objects.select_for_update().get(id=author_id)
        shown = (author.display_name, author.bio)
        for name, value in said.items():
            setattr(author, name, value)
        author.slug = _slug_of(author, shown[0])
        author.profile_read_at = timezone.now()
        author.save()
        is_new = (author.display_name, author.bio) != shown
        if is_new:
            log.info("author_profile_changed", extra={"author": str(author_id)})
            publishing.request(
                kind=KIND_AUTHOR,
                argument=str(author_id),
                scope="blog",
                title=str(author),
                requested_by="blog",
            )
        return is_new

    return in_transaction(write)


def _slug_of(author: Author, name_before: str) -> str | None:
    """The name in addresses: as long as the name is the same, the same; of nobody without a name."""
    if not author.display_name:
        return None
    if author.slug and author.display_name == name_before:
        return author.slug
    stem = slugify(author.display_name)[:100].replace("_", "-").strip("-") or "author"
    taken = set(
        Author.objects.exclude(id=author.id).filter(slug__startswith=stem).values_list("slug", flat=True)
    )
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug


# The job by which an author's pages are made again.
KIND_AUTHOR = "blog.author"
