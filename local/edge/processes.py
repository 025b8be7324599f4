"""Programs on a directory: started with one log, waited for, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

READY_SECONDS = 20.0
STOP_SECONDS = 5.0
_ROOT = Path(__file__).parents[2]
_LEASH = _ROOT / "local" / "platform" / "leash.py"


class Processes(ABC):
    """Serves between `with` and its end. Its programs end with this process, however that ends."""

    def __init__(self, directory: Path) -> None:
        for needed in (directory, directory / "cache", directory / "temporary"):
            needed.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []

    @abstractmethod
    def programs(self) -> Sequence[tuple[Sequence[str], str]]:
        """The command line of each, and the address that answers once it is ready."""

    def start(self) -> None:
        """Start all and wait until they answer.

        Raises:
            NoEdge: there is no nginx here.
            RuntimeError: one ended, or was not ready in time; the message has the last words.
        """
        try:
            programs = self.programs()
            for command, _ in programs:
                self._start(command)
            for process, (_, url) in zip(self._processes, programs, strict=True):
                self._wait_until_answers(process, url)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End all and wait until they are gone."""
        for process in self._processes:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, number)
                    try:
                        process.wait(STOP_SECONDS)
                    except subprocess.TimeoutExpired:
                        continue
        self._processes.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, command: Sequence[str]) -> None:
        leash = (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()))
        with (self.directory / "log").open("ab") as log:
            process = subprocess.Popen(
                [*leash, *command], stdout=log, stderr=log, start_new_session=True, umask=0o077, cwd=_ROOT
            )
        self._processes.append(process)

    def _wait_until_answers(self, process: subprocess.Popen[bytes], url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The edge does not answer at {url}:\n{self._last_words()}")
            time.sleep(0.02)

    def _last_words(self) -> str:
        log = self.directory / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.is_file() else ""


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - an address of this desk
            return bool(answer.status == 200)
    except OSError:
        return False
