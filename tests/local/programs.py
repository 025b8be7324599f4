"""Running a program whose lines a test reads, and seeing what is left of its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 60.0
# What the suite sets for itself (see `tests.environment`) would lead a desk to the suite's database.
_OF_THE_SUITE = {"DATABASE_URL", "ENVIRONMENT_FILE", "LOG_LEVEL", "TEST_SCRATCH", "DJANGO_SETTINGS_MODULE"}


def until(condition: Callable[[], object], *, what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for a condition; fail with `what` when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for: {what}"
        time.sleep(0.05)


def outside_the_suite() -> dict[str, str]:
    """The environment without what the suite set for itself."""
    return {name: value for name, value in os.environ.items() if name not in _OF_THE_SUITE}


def alive(pids: Iterable[int]) -> list[int]:
    """Those that still run. A dead process that nobody has waited for yet does not."""
    return [pid for pid in pids if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Program:
    """A Python program in the background. `lines` is what it has printed so far."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env={**outside_the_suite(), **environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """Everything that it has printed so far."""
        return "\n".join(self.lines)

    def wait_for(self, text: str, *, seconds: float = DEADLINE_SECONDS) -> str:
        """The first line that contains a text, once it is there."""
        found: list[str] = []

        def is_there() -> bool:
            found[:] = [line for line in list(self.lines) if text in line]
            return bool(found) or self.process.poll() is not None

        until(is_there, what=f"a line with {text!r}", seconds=seconds)
        self._join_if_ended()
        found = [line for line in self.lines if text in line]
        assert found, f"it ended without a line with {text!r}:\n{self.output}"
        return found[0]

    def send(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self, *, seconds: float = DEADLINE_SECONDS) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(timeout=seconds)
        self._join_if_ended()
        return code

    def descendants(self) -> list[int]:
        """The ids of everything below it."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def close(self) -> None:
        """End it and everything below it by force."""
        if self.process.poll() is None:
            below = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for child in below:
                if child.is_running():
                    child.kill()
            self.process.wait(timeout=DEADLINE_SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def _join_if_ended(self) -> None:
        if self.process.poll() is not None:
            self._reader.join(timeout=10)
