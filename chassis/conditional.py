"""Conditional requests (RFC 9110 §13): ETags that are versions, 304 and 412."""

from __future__ import annotations

import re

from django.utils.http import parse_etags, quote_etag
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.errors import InvalidInput, VersionMismatch

# A reader may keep what it got, but must ask before it uses it again; no shared cache may.
PRIVATE_REVALIDATED = "private, no-cache"
_VERSION = re.compile(r'"v(\d{1,18})"', re.ASCII)


def etag_of_version(version: int | str) -> str:
    """The strong entity tag of a version, such as `"v42"`."""
    return f'"v{version}"'


def if_match_versions(request: Request) -> frozenset[int] | None:
    """The versions that `If-Match` allows; None where it is absent or `*`, and any will do.

    Raises:
        InvalidInput: the header is no list of entity tags.
        VersionMismatch: it names only tags that no version here can have. Weak tags never match
            (RFC 9110 §13.1.1).
    """
    header = request.META.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    if not header.strip():
        raise InvalidInput("If-Match is empty; send the ETag that you read, quotes included.")
    tags = parse_etags(header)
    matches = [match for tag in tags if (match := _VERSION.fullmatch(tag))]
    if not matches:
        raise VersionMismatch(
            "If-Match names no version of this. Send the ETag that you read, quotes included."
        )
    return frozenset(int(match.group(1)) for match in matches)


def not_modified(request: Request, etag: str) -> Response | None:
    """The 304 answer when `If-None-Match` holds this tag (weak comparison), else None."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if header is None:
        return None
    if header != etag and not _matches_weakly(header, etag):
        return None
    response = Response(status=304)
    return with_etag(response, etag)


def with_etag(response: Response, etag: str) -> Response:
    """Add the tag, and that the answer belongs to this reader alone."""
    response["ETag"] = quote_etag(etag)
    response["Cache-Control"] = PRIVATE_REVALIDATED
    response["Vary"] = "Authorization, Cookie, Accept"
    return response


def _matches_weakly(header: str, etag: str) -> bool:
    tags = parse_etags(header)
    bare = etag.removeprefix("W/")
    return "*" in tags or any(tag.removeprefix("W/") == bare for tag in tags)
