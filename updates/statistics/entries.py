"""One line of an edge's log, whichever edge wrote it: the desk's (docs/edge.md) or CloudFront's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

_HITS = frozenset(("HIT", "STALE", "UPDATING", "REVALIDATED", "Hit", "RefreshHit", "OriginShieldHit"))


class Entry(NamedTuple):
    """What is counted of a request."""

    day: date
    client: str
    agent: str
    method: str
    path: str
    status: int
    bytes: int
    is_hit: bool
    country: str


class NoEntry(ValueError):
    """A line that is no request of an edge."""


def read_entry(line: bytes) -> Entry:
    """The request of a line; fields that are not known here are left alone.

    Raises:
        NoEntry: it is none.
    """
    import orjson

    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        # Whoever asks chooses the bytes of address and agent, which need not be UTF-8.
        try:
            found = orjson.loads(line.decode("utf-8", "replace"))
        except orjson.JSONDecodeError as error:
            raise NoEntry("no JSON") from error
    if not isinstance(found, dict):
        raise NoEntry("no JSON object")
    try:
        return _of_desk(found) if "uri" in found else _of_cloudfront(found)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise NoEntry(f"a field is missing or wrong: {error!r}") from error


def _of_desk(found: Mapping[str, Any]) -> Entry:
    return Entry(
        day=_day_of(int(found["timestamp"]) // 86_400),
        client=found["client"],
        agent=found.get("user_agent", ""),
        method=found["method"],
        path=found["uri"],
        status=int(found["status"]),
        bytes=int(found["bytes"]),
        is_hit=found.get("cache") in _HITS,
        country=_country(found.get("country")),
    )


def _of_cloudfront(found: Mapping[str, Any]) -> Entry:
    # `sc-bytes` counts the headers, too; the body is at most what was declared of it.
    sent, declared = int(found["sc-bytes"]), str(found.get("sc-content-len", "-"))
    return Entry(
        day=date.fromisoformat(found["date"]),
        client=found["c-ip"],
        agent=found.get("cs(User-Agent)", ""),
        method=found["cs-method"],
        path=unquote(found["cs-uri-stem"]),
        status=int(found["sc-status"]),
        bytes=min(sent, int(declared)) if declared.isascii() and declared.isdigit() else sent,
        is_hit=found.get("x-edge-result-type") in _HITS,
        country=_country(found.get("c-country")),
    )


def _country(value: Any) -> str:
    return value if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isupper() else ""


@lru_cache(maxsize=512)
def _day_of(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()
