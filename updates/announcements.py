"""A release is announced in the blog by REST: as a draft post, once."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings

from chassis import services
from chassis.auth import SUBJECT_PATTERN
from chassis.errors import Unavailable
from updates import queries
from updates.models import Release

log = logging.getLogger(__name__)

TITLE_LENGTH_MOST = 150


def has_blog() -> bool:
    """Whether this deployment has a blog to announce anything in."""
    return bool(settings.SERVICE_URLS["blog"]) or "blog" in settings.SERVICES


def announce(release_id: UUID) -> str:
    """Have the blog make a draft of a release; its slug. Asking again gives the same draft.

    Never inside a transaction.

    Raises:
        Unavailable: the blog does not answer; worth trying again.
        ValueError: the blog refused it for good.
    """
    release = queries.get_release(release_id)
    client = services.client("blog", caller="updates")
    key = {"Idempotency-Key": str(release_id)}
    answer = client.post("internal/announcements", json=announcement_of(release), headers=key)
    if answer.status_code in (401, 403, 429):
        # The issuer's or an operator's matter, which does not stay so.
        raise Unavailable(f"The blog service answered {answer.status_code}.")
    if answer.status_code not in (200, 201):
        raise ValueError(f"The blog service answered {answer.status_code}: {answer.text[:500]}")
    log.info("release_announced", extra={"release": str(release_id)})
    return str(answer.json()["slug"])


def announcement_of(release: Release) -> dict[str, str]:
    """What the blog is told."""
    product = release.channel.product
    page = f"{settings.PUBLIC_URL}/updates/{product.slug}/"
    document = {
        "release_id": str(release.id),
        "title": f"{product.name} {release.version}"[:TITLE_LENGTH_MOST],
        "summary": product.summary,
        "body": f"{release.notes.strip()}\n\n[Download {product.name} {release.version}]({page})\n".lstrip(),
    }
    publisher = release.published_by or release.created_by
    if SUBJECT_PATTERN.fullmatch(publisher):
        document["author_subject"] = publisher
    return document
