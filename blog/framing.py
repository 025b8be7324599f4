"""Documents that are shown and can do nothing: mails, and pages as readers will get them.

They are nobody's page: no script, no form, no cookie, an origin of their own.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

from django.conf import settings
from django.http import HttpResponse

from chassis.storage import browser_origins

_STYLE = re.compile(r'\sstyle="([^"]*)"')


def framed(html: str) -> HttpResponse:
    """A document for a frame of this site. Its style attributes are allowed one by one, by their hashes."""
    styles = sorted({_hash_of(unescape(style)) for style in _STYLE.findall(html)})
    public = " ".join(["'self'", *browser_origins(settings.S3_PUBLIC_BUCKET), _origin(settings.PUBLIC_URL)])
    response = HttpResponse(html)
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {public}{' ' if styles else ''}{_hashes(styles)}; "
        f"img-src {public} data:; base-uri 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


def _hashes(styles: list[str]) -> str:
    return " ".join(["'unsafe-hashes'", *styles]) if styles else ""


def _hash_of(style: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])
