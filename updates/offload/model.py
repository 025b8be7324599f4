"""What an edge would have done with the requests of a log: a model of its copies, by time, size and place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from urllib.parse import unquote_to_bytes
from zlib import crc32

from updates.offload.logs import Reading, read_blocks, seconds_of
from updates.offload.paths import DEFAULT_PATTERNS, SECONDS, is_artifact, is_signed
from updates.offload.paths import seconds_of as fresh_seconds

HOUR = 3600
REFUSAL_SECONDS = 10
# More different paths than this are no product's files, but somebody's inventions.
PATHS_MOST = 50_000
_FILE = frozenset((b"200", b"206", b"304", b"416"))
_MISSING = frozenset((b"404", b"410"))
_ERRORS = frozenset((b"500", b"502", b"503", b"504"))


@dataclass(frozen=True)
class Edge:
    """How the edge is set up. One place is the desk's; with a shield, the origin sees one place, too."""

    places: int = 1
    has_shield: bool = True
    cache_bytes: int = 0
    seconds: int = SECONDS
    patterns: Sequence[str] = DEFAULT_PATTERNS
    keeps_query: bool = False
    answers_304: bool = True

    @property
    def askers(self) -> int:
        """How many caches ask the origin."""
        return 1 if self.has_shield else max(1, self.places)


@dataclass
class Hour:
    """One hour of the log, before and after."""

    requests: int = 0
    bytes: int = 0
    origin_requests: int = 0
    origin_bytes: int = 0


@dataclass
class Copied:
    """One artifact, as far as the log tells."""

    name: bytes
    seconds: int
    size: int = 0
    part: int = 0
    requests: int = 0
    bytes: int = 0
    fetches: int = 0
    asked: int = 0
    # One for each cache that asks the origin: until when its copy is fresh; 0 where there is none.
    fresh_until: list[int] = field(default_factory=list)
    # The same for HEAD and for a file that is not there.
    head_until: list[int] = field(default_factory=list)
    missing_until: list[int] = field(default_factory=list)
    hours: dict[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """The size of the file; at least that of its largest part."""
        return self.size or self.part


class Replay:
    """Takes the lines of logs, and knows in the end what an edge would have left for the origin."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.readings: list[Reading] = []
        self.paths: dict[bytes, Copied] = {}
        self.hours: dict[int, Hour] = {}
        self.first = self.last = 0
        self.bad_times = 0
        self._known: dict[bytes, Copied | None] = {}
        self._kept: OrderedDict[tuple[int, bytes], int] = OrderedDict()
        self._kept_bytes = [0] * edge.askers

    def read(self, log: Path, *, progress: Callable[[Reading], object] = lambda _: None) -> Reading:
        """Take every line of a log.

        Raises:
            UnknownFormat, OSError.
        """
        reading = Reading(log.name)
        self.readings.append(reading)
        for block in read_blocks(log, reading, progress=progress):
            self._take(block, reading.order)
        return reading

    def _take(self, block: list[tuple[bytes, ...]], order: Sequence[int]) -> None:
        known = self._known
        last_stamp, now, hour, expired = b"", 0, Hour(), True
        one_asker = self.edge.askers == 1
        for stamp, client, method, target, status, sent in map(itemgetter(*order), block):
            if stamp != last_stamp:
                try:
                    now = seconds_of(stamp)
                except (ValueError, KeyError):
                    self.bad_times += 1
                    continue
                last_stamp = stamp
                hour = self._hour(now)
            number = int(sent) if sent != b"-" else 0
            hour.requests += 1
            hour.bytes += number
            path = known[target] if target in known else self._path_of(target)
            if path is None or status not in _FILE or method != b"GET":
                if path is None or not self._refused_or_head(path, method, status, client, now, hour):
                    hour.origin_requests += 1
                    hour.origin_bytes += number
                continue
            path.requests += 1
            path.bytes += number
            if status == b"200":
                if number > path.size:
                    path.size = number
            elif number > path.part and status == b"206":
                path.part = number
            place = 0 if one_asker else crc32(client.rpartition(b":")[0] or client) % self.edge.askers
            expired = now >= path.fresh_until[place]
            if expired or self.edge.cache_bytes:
                self._look(path, place, now, hour, expired)

    def _look(self, path: Copied, place: int, now: int, hour: Hour, expired: bool) -> None:
        """Whether there is a copy; if not, one is fetched."""
        if self.edge.cache_bytes:
            expired = self._touch(path, place) or expired
        if not expired:
            return
        had_copy = path.fresh_until[place] > 0
        path.fresh_until[place] = now + path.seconds
        hour.origin_requests += 1
        if had_copy and self.edge.answers_304:
            path.asked += 1
            return
        path.fetches += 1
        # Its size may not be known yet.
        number = now // HOUR
        path.hours[number] = path.hours.get(number, 0) + 1

    def _touch(self, path: Copied, place: int) -> bool:
        """Least recently used goes first; whether the copy of this path was gone."""
        key = (place, path.name)
        before = self._kept.pop(key, None)
        self._kept[key] = path.whole
        self._kept_bytes[place] += path.whole - (before or 0)
        while self._kept_bytes[place] > self.edge.cache_bytes and len(self._kept) > 1:
            oldest = next((one for one in self._kept if one[0] == place and one != key), None)
            if oldest is None:
                break
            self._kept_bytes[place] -= self._kept.pop(oldest)
            self.paths[oldest[1]].fresh_until[place] = 0
        return before is None

    def _refused_or_head(
        self, path: Copied, method: bytes, status: bytes, client: bytes, now: int, hour: Hour
    ) -> bool:
        """Answers without the file; False for what passes."""
        askers = self.edge.askers
        place = 0 if askers == 1 else crc32(client) % askers
        if method == b"HEAD" and status in _FILE:
            until, seconds = path.head_until, path.seconds
        elif status in _MISSING and method in (b"GET", b"HEAD"):
            until, seconds = path.missing_until, REFUSAL_SECONDS
        elif status in _ERRORS and method == b"GET":
            # A copy is given instead; without one, the error passes.
            return path.fresh_until[place] > 0
        else:
            return False
        if not until:
            until.extend([0] * askers)
        if now >= until[place]:
            until[place] = now + seconds
            hour.origin_requests += 1
        return True

    def _hour(self, now: int) -> Hour:
        self.first = min(self.first or now, now)
        self.last = max(self.last, now)
        return self.hours.setdefault(now // HOUR, Hour())

    def _path_of(self, target: bytes) -> Copied | None:
        """The artifact that a target names; None if it passes."""
        plain, _, query = target.partition(b"?")
        if plain.startswith((b"http://", b"https://")):
            plain = b"/" + plain.split(b"/", 3)[-1]
        name = unquote_to_bytes(plain) if b"%" in plain else plain
        key = name + (b"?" + query if query and self.edge.keeps_query else b"")
        found = self.paths.get(key)
        if found is None:
            text = name.decode("utf-8", "replace")
            if is_artifact(text, self.edge.patterns) and len(self.paths) < PATHS_MOST:
                found = Copied(
                    key, fresh_seconds(text, self.edge.seconds), fresh_until=[0] * self.edge.askers
                )
                self.paths[key] = found
        if query and is_signed(query.decode("latin-1")):
            return None
        # Queries that are never the same would fill the memory.
        if not query or self.edge.keeps_query:
            if len(self._known) >= 2 * PATHS_MOST:
                self._known.clear()
            self._known[target] = found
        return found

    def finished_hours(self) -> Iterator[tuple[int, Hour]]:
        """Each hour with the bytes of its fetches, oldest first; call it once, at the end."""
        for path in self.paths.values():
            for number, fetches in path.hours.items():
                self.hours[number].origin_bytes += fetches * path.whole
            path.hours.clear()
        return iter(sorted(self.hours.items()))
