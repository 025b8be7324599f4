"""The identity provider's userinfo endpoint (OpenID Connect Core 1.0 §5.3)."""

from __future__ import annotations

import logging

from django.conf import settings

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 3


def find_email(token: str) -> str:
    """The verified address of the user whom the token speaks for; empty where the provider tells none.

    A provider that is away must not keep anybody from their profile: it is asked again next time.
    """
    import httpx

    try:
        answer = httpx.get(
            settings.OIDC_USERINFO_URL, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS
        )
        answer.raise_for_status()
        claims = answer.json()
        email = claims.get("email", "")
    except (httpx.HTTPError, ValueError, AttributeError):
        log.warning("userinfo_unavailable")
        return ""
    # Cognito writes its booleans as texts.
    is_unverified = str(claims.get("email_verified", True)).lower() == "false"
    return email if isinstance(email, str) and "@" in email and not is_unverified else ""
