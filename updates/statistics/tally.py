"""Adding up: whole downloads at once, parts of one download by what its client has got of it so far.

All of it is sums, so neither the order of lines nor that of files matters.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from updates.statistics.entries import Entry


class Known(NamedTuple):
    """A file whose downloads are counted: an artifact, or a difference that leads to it."""

    artifact: str
    size: int
    delta: str | None = None
    is_delta: bool = False

    @property
    def file(self) -> str:
        """By which it differs from all others."""
        return self.delta or self.artifact


class Key(NamedTuple):
    """A daily row."""

    day: date
    artifact: str
    country: str
    is_hit: bool
    is_delta: bool


@dataclass
class Counts:
    """What is added to a daily row."""

    requests: int = 0
    bytes: int = 0
    downloads: int = 0
    resumed: int = 0


class Shard(NamedTuple):
    """Traces that are kept together: those of a week and a file whose hashes begin alike."""

    week: date
    file: str
    digit: str


# ISO date → [bytes from copies, bytes from the origin].
Days = dict[str, list[int]]
# Hash of a client → its country, and what it got.
Traces = dict[str, tuple[str, Days]]


class Tally:
    """Some lines, added up."""

    def __init__(self, files: Mapping[str, Known], salt_of: Callable[[date], bytes]) -> None:
        self._files = files
        self._salt_of = salt_of
        self._days: dict[date, tuple[date, str, bytes]] = {}
        self.rows: defaultdict[Key, Counts] = defaultdict(Counts)
        self.traces: defaultdict[Shard, Traces] = defaultdict(dict)

    def take(self, entry: Entry) -> None:
        """Count a request, if it is one for a file that is known, and was answered with bytes."""
        known = self._files.get(entry.path)
        if known is None or entry.status not in (200, 206) or entry.method != "GET" or known.size <= 0:
            return
        counts = self.rows[Key(entry.day, known.artifact, entry.country, entry.is_hit, known.is_delta)]
        counts.requests += 1
        counts.bytes += entry.bytes
        if entry.bytes >= known.size:
            counts.downloads += 1
        elif entry.bytes:
            self._trace(entry, known)

    def _trace(self, entry: Entry, known: Known) -> None:
        if entry.day not in self._days:
            week = week_of(entry.day)
            self._days[entry.day] = (week, entry.day.isoformat(), self._salt_of(week))
        week, day, salt = self._days[entry.day]
        told = f"{known.file}\n{entry.client}\n{entry.agent}".encode("utf-8", "replace")
        digest = hmac.digest(salt, told, "sha256").hex()[:32]
        _, days = self.traces[Shard(week, known.file, digest[0])].setdefault(digest, (entry.country, {}))
        days.setdefault(day, [0, 0])[0 if entry.is_hit else 1] += entry.bytes


def week_of(day: date) -> date:
    """The Monday before."""
    return day - timedelta(days=day.weekday())


def added(one: Days, other: Days) -> Days:
    """What both got."""
    sums = {day: list(pair) for day, pair in one.items()}
    for day, (hit, miss) in other.items():
        pair = sums.setdefault(day, [0, 0])
        pair[0] += hit
        pair[1] += miss
    return sums


def finished(days: Days, size: int) -> dict[tuple[date, bool], int]:
    """Downloads that became whole, by day and by whether all of that day's parts came from copies."""
    found: dict[tuple[date, bool], int] = {}
    if sum(map(sum, days.values())) < size:
        return found
    got = 0
    for day in sorted(days):
        hit, miss = days[day]
        before = got // size
        got += hit + miss
        if whole := got // size - before:
            found[(date.fromisoformat(day), not miss)] = whole
    return found
