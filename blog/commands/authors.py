"""Authors: made when they first write."""

from __future__ import annotations

from django.conf import settings

from blog.models import Author


def ensure_author(subject: str, *, issuer: str = "") -> Author:
    """The author of this subject at the issuer, made if there is none yet."""
    author, _made = Author.objects.get_or_create(issuer=issuer or settings.OIDC_ISSUER, subject=subject)
    return author
