"""`python -m bench.peak FILE PROGRAM ARGUMENT…`: run a Python program, and write what it took into a file.

Not `ru_maxrss` of a child, which begins with the memory of the process that it was forked from.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Taken:
    """CPU seconds, the start included; peak memory (`VmHWM`); what was printed."""

    seconds: float
    megabytes: float
    printed: str


def run(*arguments: str) -> Taken:
    """A program of this checkout, in a process of its own.

    Raises:
        CalledProcessError: it failed.
    """
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "taken.json"
        command = [sys.executable, "-m", "bench.peak", str(file), *arguments]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        seconds, megabytes = json.loads(file.read_text())
    return Taken(seconds, megabytes, done.stdout)


def main(file: str, program: str, arguments: Sequence[str]) -> None:
    """In the process that is measured."""
    sys.argv = [program, *arguments]
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
    status = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    Path(file).write_text(json.dumps([time.process_time(), peak / 1024]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
