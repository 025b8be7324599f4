"""Time and memory of a start: the WSGI application of all services beside a bare Django with DRF."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from bench.results import ROOT, Row, compare

ROUNDS = 9
PEER = "bare Django + DRF"
_PROGRAM = """
import importlib, json, resource, sys, time
began = time.perf_counter()
importlib.import_module(sys.argv[1])
seconds = time.perf_counter() - began
print(json.dumps([seconds * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measure() -> list[Row]:
    """Milliseconds and megabytes, in alternating rounds of fresh processes."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            **os.environ,
            "ENVIRONMENT_FILE": "",
            "DATABASE_URL": f"sqlite:///{directory}/none.sqlite3",
        }
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(_start("config.wsgi", environment))
            theirs.append(_start("bench.peers.hello", environment))
    return [
        compare(
            "start: import", "ms", [m[0] for m in ours], PEER, [m[0] for m in theirs], more_is_better=False
        ),
        compare(
            "start: memory", "MB", [m[1] for m in ours], PEER, [m[1] for m in theirs], more_is_better=False
        ),
    ]


def _start(module: str, environment: dict[str, str]) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, module],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures
