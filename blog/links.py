"""The secret part of the links in mails: whose, for what, and of which round. Signed, not stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from blog.models import Post, Subscriber

Purpose = Literal["confirm", "unsubscribe"]
# Long enough to read a draft, too short for its link to be found years later.
PREVIEW_FOR = timedelta(days=14)
_PREVIEW_SALT = "blog.links.preview"
# Whoever finds the mail after a month asks again. Leaving is possible for ever.
GOOD_FOR: dict[Purpose, timedelta | None] = {"confirm": timedelta(days=30), "unsubscribe": None}


@dataclass(frozen=True)
class Link:
    """What a good token says."""

    subscriber_id: UUID
    round: int


def token_for(subscriber: Subscriber, purpose: Purpose) -> str:
    """A token for one purpose; for another it is worth nothing."""
    return signing.dumps([subscriber.id.hex, subscriber.round], salt=_salt(purpose))


def read_token(token: str, purpose: Purpose) -> Link | None:
    """What it says; None for one that was forged, is for something else, or is too old."""
    try:
        name, number = signing.loads(token, salt=_salt(purpose), max_age=GOOD_FOR[purpose])
        return Link(UUID(name), int(number))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def address_of(subscriber: Subscriber, purpose: Purpose) -> str:
    """The whole address of the link. The token is in the query, which no log keeps."""
    query = urlencode({"token": token_for(subscriber, purpose)})
    return f"{settings.WEB_URL}{reverse(f'blog-{purpose}')}?{query}"


def preview_address(post: Post) -> str:
    """A link to the draft of a post, for somebody without an account. It is good for two weeks."""
    token = signing.dumps(post.id.hex, salt=_PREVIEW_SALT)
    return f"{settings.WEB_URL}{reverse('blog-preview')}?{urlencode({'token': token})}"


def read_preview(token: str) -> UUID | None:
    """The post whose draft a link shows; None for one that was forged or is too old."""
    try:
        return UUID(signing.loads(token, salt=_PREVIEW_SALT, max_age=PREVIEW_FOR))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _salt(purpose: Purpose) -> str:
    return f"blog.links.{purpose}"
