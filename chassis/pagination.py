"""Pages of lists: opaque, signed cursors over a total order; no offsets, no counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.core import signing
from rest_framework.request import Request

from chassis.errors import FieldError, InvalidInput

_SALT = "chassis.pagination"


@dataclass(frozen=True)
class PageRequest:
    """What a client asks for: at most `limit` rows after the position `after` (None: the start)."""

    limit: int
    after: list[Any] | None


def read_page(request: Request, *, scope: str) -> PageRequest:
    """The page that `?limit=` and `?cursor=` ask for.

    `scope` names what the cursor belongs to (subject, list, filters, order): a cursor of another
    scope is refused, so it can neither leak a position nor skip rows silently.

    Raises:
        InvalidInput: at `?limit` or `?cursor`.
    """
    return PageRequest(limit=_limit(request), after=_position(request.query_params.get("cursor"), scope))


def page_document(
    request: Request, items: Sequence[Any], *, scope: str, last: Sequence[Any] | None
) -> dict[str, Any]:
    """`{"items": […], "next": address or null}`; `last` is the position of the last item, if more follow."""
    return {"items": items, "next": None if last is None else _next_url(request, scope, last)}


def sign_cursor(position: Sequence[Any], *, scope: str) -> str:
    """An opaque, URL-safe cursor for JSON values. Only this deployment can make one."""
    raw = orjson.dumps(list(position)).decode()
    return signing.Signer(salt=f"{_SALT}:{scope}").sign_object(raw)


def read_cursor(cursor: str, *, scope: str) -> list[Any]:
    """The position inside a cursor.

    Raises:
        InvalidInput: at `?cursor`: changed, or made for another list.
    """
    try:
        position = orjson.loads(signing.Signer(salt=f"{_SALT}:{scope}").unsign_object(cursor))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _at(
            "?cursor", "invalid-cursor", "Use a cursor from `next` of the same list, unchanged."
        ) from error
    return list(position)


def _position(cursor: str | None, scope: str) -> list[Any] | None:
    return None if cursor is None else read_cursor(cursor, scope=scope)


def _limit(request: Request) -> int:
    raw = request.query_params.get("limit")
    if raw is None:
        return settings.API_PAGE_SIZE
    most = settings.API_PAGE_SIZE_MOST
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 6 or not 1 <= int(raw) <= most:
        raise _at("?limit", "invalid-limit", f"Send a whole number from 1 to {most}.")
    return int(raw)


def _next_url(request: Request, scope: str, last: Sequence[Any]) -> str:
    query = request.query_params.copy()
    query["cursor"] = sign_cursor(last, scope=scope)
    return f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"


def _at(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
