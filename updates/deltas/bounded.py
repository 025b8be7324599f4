"""Differences in a process of their own: if one wants more memory or time than it may have, it alone ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from updates.deltas.made import DoesNotApply

SECONDS_MOST = 600
# An interpreter with its libraries, before it reads anything.
OVERHEAD_BYTES = 80_000_000
# What of the environment such a process needs; it gets no secret.
_PASSED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


@dataclass(frozen=True)
class MadeFile:
    """A difference that was made and applied."""

    size: int
    sha256: str
    window_log: int


def make(way: str, base: Path, target: Path, out: Path, *, memory: int) -> MadeFile:
    """Make a difference in at most so much memory, apply it, and keep it in `out`.

    Raises:
        DoesNotApply: it leads to other bytes, or takes too much.
    """
    told = _run("make", way, str(base), str(target), str(out), memory=memory)
    return MadeFile(int(told["size"]), str(told["sha256"]), int(told["window_log"]))


def sha256_applied(way: str, base: Path, delta: Path, *, size: int, memory: int) -> str:
    """The hash of what a difference makes of a file, which has `size` bytes.

    Raises:
        DoesNotApply: it makes nothing of it, or takes too much.
    """
    return str(_run("apply", way, str(base), str(delta), str(size), memory=memory)["sha256"])


def _run(*arguments: str, memory: int) -> dict[str, int | str]:
    bounds = ("--memory", str(memory + OVERHEAD_BYTES), "--seconds", str(SECONDS_MOST))
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # The C locale: others are mapped into memory as a whole.
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "updates.deltas", *arguments, *bounds],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * SECONDS_MOST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DoesNotApply("It takes too long.") from error
    if done.returncode:
        raise DoesNotApply(_end_of(done.returncode))
    told: dict[str, int | str] = json.loads(done.stdout)
    if "finding" in told:
        raise DoesNotApply(str(told["finding"]))
    return told


def _end_of(code: int) -> str:
    if code == -signal.SIGXCPU:
        return f"It takes more than {SECONDS_MOST} seconds of the processor."
    return "It takes more memory than there is, or breaks the program that applies it."
