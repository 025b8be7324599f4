"""The unchanged application alone, and the same behind the edge: requests, bytes and CPU at the application.

python -m bench offload herds        # 10 000 requests of a 50 MB artifact, and herds of 200
OFFLOAD_REQUESTS=500 OFFLOAD_MEGABYTES=5 python -m bench offload herds     # a quick look
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.asking import Asking
from bench.legacy_app import DjangoServer, Origin, StaticServer
from bench.results import Row
from local.edge.offload import OffloadEdge

REQUESTS = int(os.environ.get("OFFLOAD_REQUESTS", "10000"))
MEGABYTES = int(os.environ.get("OFFLOAD_MEGABYTES", "50"))
HERD = 200
RANGE_BYTES = 256 * 1024
SLOW = 6_000_000
CONNECTIONS = 16
PROGRESS = 2000
ARTIFACT = "/downloads/app-1.0.0.bin"


@dataclass(frozen=True)
class Cost:
    """What one side cost the application."""

    requests: int
    bytes: int
    cpu: float
    seconds: float


def measure() -> list[Row]:
    """Rows `offload bytes`, `offload cpu` and `offload time`, of each kind of application."""
    rows: list[Row] = []
    kinds: dict[str, Callable[[Path], Origin]] = {
        "static": StaticServer,
        "static, private + cookie": _private,
        "FileResponse": DjangoServer,
    }
    for name, make in kinds.items():
        rows += _mix(f"{name}, {REQUESTS} requests", make)
    return rows


def measure_herds() -> list[Row]:
    """Rows `herd` and `ranges`, of a fast application, a slow one, and those that spoil caching."""
    kinds: dict[str, Callable[[Path], Origin]] = {
        "fast": StaticServer,
        f"{SLOW // 1_000_000} MB/s": partial(StaticServer, bytes_a_second=SLOW),
        "private + cookie": _private,
        "FileResponse": DjangoServer,
    }
    return [row for name, make in kinds.items() for row in _herds(name, make)]


def _private(directory: Path) -> Origin:
    return StaticServer(directory, is_private=True)


def _mix(name: str, make: Callable[[Path], Origin]) -> list[Row]:
    """Eleven of a hundred whole, half of them parts of a megabyte, the rest of 64 kB."""
    requests = list(_mixed(REQUESTS))
    with _application(make) as (origin, edge):
        alone = _cost(origin, lambda: _ask_all(origin.port, requests), f"{name}: alone")
        behind = _cost(origin, lambda: _ask_all(edge.port, requests), f"{name}: behind the edge")
    return [
        _row(f"offload bytes, {name}", "MB", behind.bytes / 1e6, alone.bytes / 1e6),
        _row(f"offload cpu, {name}", "s", behind.cpu, alone.cpu),
        _row(f"offload time, {name}", "s", behind.seconds, alone.seconds),
    ]


def _herds(name: str, make: Callable[[Path], Origin]) -> list[Row]:
    """All at once, of a cold file: whole, then ranges."""
    size = MEGABYTES * 1_000_000
    firsts = [number * RANGE_BYTES % (size - RANGE_BYTES) for number in range(HERD)]
    parts = [f"bytes={first}-{first + RANGE_BYTES - 1}" for first in firsts]
    return [*_herd(f"herd, {name}", make, [""] * HERD), *_herd(f"ranges, {name}", make, parts)]


def _herd(case: str, make: Callable[[Path], Origin], ranges: Sequence[str]) -> list[Row]:
    with _application(make) as (origin, edge):
        alone = _cost(origin, lambda: _ask_all(origin.port, ranges, HERD), f"{case}: alone")
        behind = _cost(origin, lambda: _ask_all(edge.port, ranges, HERD), f"{case}: behind the edge")
    return [
        _row(f"{case}: requests at the application", "", behind.requests, alone.requests),
        _row(f"{case}: bytes from it", "MB", behind.bytes / 1e6, alone.bytes / 1e6),
        _row(f"{case}: until all have it", "s", behind.seconds, alone.seconds),
    ]


@contextmanager
def _application(make: Callable[[Path], Origin]) -> Iterator[tuple[Origin, OffloadEdge]]:
    with tempfile.TemporaryDirectory() as name:
        origin = make(Path(name) / "application")
        origin.put(ARTIFACT, os.urandom(MEGABYTES * 1_000_000))
        with origin, OffloadEdge(Path(name) / "edge", origin=origin.url) as edge:
            yield origin, edge


def _cost(origin: Origin, work: Callable[[], object], name: str) -> Cost:
    _say(f"{name} …")
    origin.forget()
    before, began = origin.cpu_seconds(), time.monotonic()
    work()
    seconds = time.monotonic() - began
    counted = origin.counted()
    cost = Cost(counted.requests, counted.bytes, origin.cpu_seconds() - before, seconds)
    _say(f"    {cost.requests} requests, {cost.bytes / 1e6:.1f} MB, {cost.cpu:.2f} s of CPU, {seconds:.1f} s")
    return cost


def _mixed(count: int) -> Iterator[str]:
    chance = random.Random(11)
    size = MEGABYTES * 1_000_000
    for _ in range(count):
        kind = chance.random()
        if kind < 0.11:
            yield ""
            continue
        length = 1_000_000 if kind < 0.6 else 65_536
        first = chance.randrange(size - length)
        yield f"bytes={first}-{first + length - 1}"


def _ask_all(port: int, ranges: Sequence[str], connections: int = CONNECTIONS) -> None:
    """Each connection its share; bodies are read and thrown away.

    Raises:
        RuntimeError: an answer was no success.
    """
    errors: list[str] = []
    together = threading.Barrier(connections)

    def work(number: int) -> None:
        try:
            with Asking(port) as asking:
                asking.connect()
                together.wait(60)
                for asked, wanted in enumerate(ranges[number::connections], start=1):
                    status = asking.ask(ARTIFACT, range_=wanted)
                    if status not in (200, 206):
                        raise RuntimeError(f"answered {status}")
                    if not number and not asked * connections % PROGRESS:
                        _say(f"    about {asked * connections:,} of {len(ranges):,}")
        except (OSError, RuntimeError, threading.BrokenBarrierError) as error:
            errors.append(str(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(errors[0])


def _row(case: str, unit: str, ours: float, theirs: float) -> Row:
    # What is nothing at all is better by all of it.
    ratio = theirs / ours if ours else float(theirs > 0) * 1e6
    saved = 1 - ours / theirs if theirs else 0.0
    return Row(
        case,
        unit,
        round(ours, 3),
        "without an edge",
        round(theirs, 3),
        round(ratio, 2),
        1,
        f"{saved:.2%} off" if saved >= 0 else "-",
    )


def _say(text: str) -> None:
    print(text, flush=True)
