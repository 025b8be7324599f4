"""The plan of a release day beside what the edge then measures on it, and how fast the plan is.

python -m bench plan                            # a million lines: some minutes
OFFLOAD_LINES=60000 python -m bench plan        # a quick look
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench import peak
from bench.legacy_app import Counted, StaticServer
from bench.release_flood import combined, files, flood, replay
from bench.results import Row
from local.edge.offload import OffloadEdge

LINES = int(os.environ.get("OFFLOAD_LINES", "1000000"))
VERSIONS = 20
# Small, so that a day of them passes in minutes; the plan's figures are in proportion.
BYTES = 40_000
_PLAN = ("manage", "updates", "offload", "plan", "--json", "--log")


def measure() -> list[Row]:
    """Rows `plan…`: speed and memory, and requests and bytes as predicted and as measured."""
    sizes = files(VERSIONS, bytes_=BYTES)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        log, empty = directory / "access.log.gz", directory / "empty.log"
        empty.write_text("")
        with gzip.open(log, "wt", compresslevel=1) as written:
            written.writelines(map(combined, flood(LINES, sizes)))
        start = peak.run(*_PLAN, str(empty))
        took = peak.run(*_PLAN, str(log))
        found = json.loads(took.printed)
        rate = LINES / max(0.001, took.cpu_seconds - start.cpu_seconds)
        megabytes = took.peak_bytes / 1024**2
        print(f"plan: {rate:.0f} lines/s, {megabytes:.0f} MB", flush=True)
        measured = _replayed(directory, sizes)
    speed, memory = rate / 150_000, 200 / megabytes
    return [
        Row("plan", "lines/s (CPU)", round(rate), "to reach", 150_000, round(speed, 2), 1, "-"),
        Row("plan, memory", "MB", round(megabytes), "to stay below", 200, round(memory, 2), 1, "-"),
        _beside("plan, requests at the application", "", found["origin_requests"], measured.requests),
        _beside("plan, bytes from it", "MB", found["origin_bytes"] / 1e6, measured.bytes / 1e6),
    ]


def _replayed(directory: Path, sizes: Mapping[str, int]) -> Counted:
    """What the application then gave, behind the edge, for the requests of the log."""
    with StaticServer(directory / "application") as origin:
        for name, size in sizes.items():
            origin.put(name, os.urandom(size))
        origin.put("/downloads/latest.yml", b"v" * 350)
        with OffloadEdge(directory / "edge", origin=origin.url) as edge:
            began = time.monotonic()
            replay(flood(LINES, sizes), edge.port)
            measured = origin.counted()
    seconds = time.monotonic() - began
    print(f"replay: {LINES} requests in {seconds:.0f} s; {measured.requests} asked on", flush=True)
    return measured


def _beside(case: str, unit: str, predicted: float, measured: float) -> Row:
    ratio = predicted / measured
    return Row(
        case, unit, round(predicted, 3), "the edge, measured", round(measured, 3), round(ratio, 4), 1,
        f"{ratio - 1:+.3%}",
    )  # fmt: skip
