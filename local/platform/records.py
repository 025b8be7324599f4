"""The processes that a desk started, on disk: what a killed supervisor left is found by these.

A process id alone may meanwhile belong to somebody else, so the start time is kept with it, and of a
group whose leader is gone only processes that carry this desk's LOCAL_DIR count.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local.platform.guard import signal_group

# The kernel keeps start times in ticks; psutil's conversion may differ by a little between two calls.
_SAME_START_SECONDS = 0.1
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Record:
    """One process that leads a group of its own."""

    name: str
    pid: int
    started: float


class ProcessRecords:
    """The file `processes.json` of a desk."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / "processes.json"
        self._records: dict[int, Record] = {}

    def add(self, name: str, pid: int) -> None:
        """Remember a process that was started just now."""
        try:
            started = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        self._records[pid] = Record(name, pid, started)
        self._write()

    def remove(self, pid: int) -> None:
        """Forget a process whose whole group has ended."""
        if self._records.pop(pid, None) is not None:
            self._write()

    def read(self) -> list[Record]:
        """What the file holds; nothing when there is none, or when it is damaged."""
        try:
            return [Record(**entry) for entry in json.loads(self._path.read_text())]
        except (OSError, ValueError, TypeError):
            return []

    def end_leftovers(self, *, grace_seconds: float) -> list[str]:
        """End what an earlier supervisor left running, and say what it was."""
        found = [record for record in self.read() if living_members(record, self._directory)]
        for number in (signal.SIGTERM, signal.SIGKILL):
            left = [record for record in found if living_members(record, self._directory)]
            for record in left:
                signal_group(record.pid, number)
            deadline = time.monotonic() + grace_seconds
            while time.monotonic() < deadline and left:
                time.sleep(_POLL_SECONDS)
                left = [record for record in left if living_members(record, self._directory)]
        self._path.unlink(missing_ok=True)
        return [record.name for record in found]

    def _write(self) -> None:
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps([asdict(record) for record in self._records.values()], indent=1))
        temporary.replace(self._path)


def living_members(record: Record, directory: Path) -> list[int]:
    """The ids of the processes that still run in a recorded group."""
    try:
        leader: psutil.Process | None = psutil.Process(record.pid)
    except psutil.NoSuchProcess:
        leader = None
    if leader is not None and abs(leader.create_time() - record.started) > _SAME_START_SECONDS:
        return []
    members = [process for process in psutil.process_iter() if _is_running_in(process, record.pid)]
    if leader is None:
        members = [process for process in members if _belongs_to(process, directory)]
    return [process.pid for process in members]


def _is_running_in(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError, psutil.Error):
        return False


def _belongs_to(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.environ().get("LOCAL_DIR") == str(directory)
    except (psutil.Error, OSError):
        return False
