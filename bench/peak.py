"""`python -m bench.peak FILE MODULE ARGUMENT…`: run a Python module, and write what it took into a file.

Not `ru_maxrss` of a child, which begins with the memory of the process that it was forked from.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.results import ROOT


@dataclass(frozen=True)
class Taken:
    """Seconds from start to end, and of the processor; peak memory (`VmHWM`); what was printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    printed: str


def run(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Taken:
    """A module, in a process of its own.

    Raises:
        CalledProcessError: it failed.
    """
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "taken.json"
        command = [sys.executable, "-m", "bench.peak", str(file), module, *arguments]
        began = time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        seconds = time.perf_counter() - began
        cpu_seconds, most = json.loads(file.read_text())
    return Taken(seconds, cpu_seconds, most, done.stdout)


def peak_bytes(process: int | str = "self") -> int:
    """The most memory that a process has had since its program began (Linux)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """In the process that is measured."""
    file, module = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code:
            raise
    Path(file).write_text(json.dumps([time.process_time(), peak_bytes()]))


if __name__ == "__main__":
    main()
