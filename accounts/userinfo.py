"""The identity provider's userinfo endpoint (OpenID Connect Core 1.0 §5.3)."""

from __future__ import annotations

import logging

from django.conf import settings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3


def find_email(token: str) -> str:
    """The address of the user whom the token speaks for; empty where the provider does not tell.

    A provider that is away must not keep anybody from their profile: it is asked again next time.
    """
    import httpx

    try:
        answer = httpx.get(
            settings.OIDC_USERINFO_URL, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS
        )
        answer.raise_for_status()
        email = answer.json().get("email", "")
    except (httpx.HTTPError, ValueError, AttributeError):
        log.warning("userinfo_unavailable")
        return ""
    return email if isinstance(email, str) and "@" in email else ""
