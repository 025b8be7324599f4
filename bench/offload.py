"""The unchanged application alone, and the same behind the edge: requests, bytes and CPU at the application.

python -m bench offload              # a quick look: some hundred requests of a 20 MB artifact
OFFLOAD_REQUESTS=10000 OFFLOAD_MEGABYTES=50 python -m bench offload
"""

from __future__ import annotations

import gzip
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.legacy_app import DjangoServer, Origin, StaticServer
from bench.release_flood import combined, files, flood
from bench.results import ROOT, Row
from local.edge.nginx import find_nginx
from local.edge.offload import OffloadEdge

REQUESTS = int(os.environ.get("OFFLOAD_REQUESTS", "10000"))
MEGABYTES = int(os.environ.get("OFFLOAD_MEGABYTES", "50"))
LINES = int(os.environ.get("OFFLOAD_LINES", "1000000"))
HERD = 200
RANGE_BYTES = 256 * 1024
SLOW = 6_000_000
CONNECTIONS = 16
ARTIFACT = "/downloads/app-1.0.0.bin"


@dataclass(frozen=True)
class Cost:
    """What one side cost the application."""

    requests: int
    bytes: int
    cpu: float
    seconds: float


def measure() -> list[Row]:
    """Rows `offload bytes`, `offload cpu`, `herd`, `ranges` and `plan`."""
    if find_nginx() is None:
        return []
    rows: list[Row] = []
    # A view that knows no ranges sends the whole file each time, so a hundredth is enough of that.
    kinds: list[tuple[str, Callable[[Path], Origin], int]] = [
        ("static", StaticServer, REQUESTS),
        ("static, private + cookie", lambda path: StaticServer(path, is_private=True), REQUESTS // 5),
        ("FileResponse", DjangoServer, REQUESTS // 100),
    ]
    for name, make, count in kinds:
        rows += _mix(f"{name}, {count} requests", make, count)
    for speed in (0, SLOW):
        named = f"{SLOW // 1_000_000} MB/s" if speed else "fast"
        rows += _herds(named, partial(StaticServer, bytes_a_second=speed))
    return [*rows, *_plan(), *_statistics()]


def _mix(name: str, make: Callable[[Path], Origin], count: int) -> list[Row]:
    """Eleven of a hundred whole, half of them parts of a megabyte, the rest of 64 kB."""
    requests = list(_mixed(count))
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


def _plan() -> list[Row]:
    """Lines a second and memory of the plan, as a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "access.log.gz"
        with gzip.open(log, "wt", compresslevel=1) as written:
            written.writelines(map(combined, flood(LINES, files(20, bytes_=50_000_000))))
        empty = Path(name) / "empty.log"
        empty.write_text("")
        nothing, _ = _run_plan(empty)
        seconds, megabytes = _run_plan(log)
    rate = LINES / max(0.001, seconds - nothing)
    _say(f"plan: {rate:.0f} lines/s, {megabytes:.0f} MB")
    return [
        Row("plan", "lines/s (CPU)", round(rate), "to reach", 150_000, round(rate / 150_000, 2), 1, "-"),
        Row("plan, memory", "MB", round(megabytes), "to stay below", 200, round(200 / megabytes, 2), 1, "-"),
    ]


def _statistics() -> list[Row]:
    """Seconds to count the edge's log into daily rows, on SQLite."""
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ,
            "ENVIRONMENT_FILE": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{name}/bench.sqlite3",
        }
        command = [sys.executable, "-m", "bench.statistics_load", str(LINES)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    seconds = float(done.stdout.split()[-1])
    allowed = 30 * LINES / 1_000_000
    _say(f"statistics: {LINES} lines in {seconds:.1f} s")
    return [
        Row(
            f"statistics, {LINES} lines",
            "s",
            round(seconds, 1),
            "allowed",
            allowed,
            round(allowed / seconds, 2),
            1,
            "-",
        )
    ]


def _run_plan(log: Path) -> tuple[float, float]:
    """CPU seconds and peak memory."""
    command = [sys.executable, "manage.py", "updates", "offload", "plan", "--log", str(log)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


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
        buffer = bytearray(1 << 18)
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
                together.wait(60)
                for wanted in ranges[number::connections]:
                    _ask(connection, wanted, buffer)
        except (OSError, RuntimeError, threading.BrokenBarrierError) as error:
            errors.append(str(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(errors[0])


def _ask(connection: socket.socket, wanted: str, buffer: bytearray) -> None:
    extra = f"Range: {wanted}\r\n" if wanted else ""
    connection.sendall(f"GET {ARTIFACT} HTTP/1.1\r\nHost: bench\r\n{extra}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        some = connection.recv(4096)
        if not some:
            raise RuntimeError("the server closed the connection")
        head += some
    top, _, body = head.partition(b"\r\n\r\n")
    if top[9:12] not in (b"200", b"206"):
        raise RuntimeError(f"answered {top[9:12].decode()}")
    lines = top.lower().split(b"\r\n")
    missing = int(next(line for line in lines if line.startswith(b"content-length:"))[15:]) - len(body)
    while missing > 0:
        got = connection.recv_into(buffer, min(missing, len(buffer)))
        if not got:
            raise RuntimeError("the server closed the connection")
        missing -= got


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
        f"{saved:.2%} off",
    )


def _say(text: str) -> None:
    print(text, flush=True)
