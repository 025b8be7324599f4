"""Traces as they are kept: packed, many in a row, and what becomes whole when others are added. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date

from updates.statistics.tally import Traces, added, finished

Finished = tuple[date, str, bool, int]


def unpacked(parts: bytes) -> Traces:
    """What a row holds."""
    import orjson

    found = orjson.loads(zlib.decompress(parts)) if parts else {}
    return {digest: (country, days) for digest, (country, days) in found.items()}


def packed(traces: Traces) -> bytes:
    """What a row is to hold."""
    import orjson

    return zlib.compress(orjson.dumps(traces), 1)


def merge(kept: Traces, more: Traces, size: int) -> Iterator[Finished]:
    """Add `more` to `kept`; downloads that became whole by that, or are another day's now (then -1)."""
    for digest, (country, days) in more.items():
        before = kept.get(digest)
        if before is None:
            kept[digest] = (country, days)
        else:
            kept[digest] = (country, added(before[1], days))
            for (day, is_hit), count in finished(before[1], size).items():
                yield day, country, is_hit, -count
        for (day, is_hit), count in finished(kept[digest][1], size).items():
            yield day, country, is_hit, count
