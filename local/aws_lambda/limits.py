"""Memory and processor of an execution environment: control groups where permitted, else a watchdog."""

from __future__ import annotations

import os
import signal
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_CGROUPS = Path("/sys/fs/cgroup")
_PERIOD_MICROSECONDS = 20_000
# Lambda gives a whole processor at this size, and less in proportion.
MEGABYTES_OF_A_PROCESSOR = 1769
_MEGABYTE = 1024 * 1024
_WATCH_SECONDS = 0.02


class Limits(Protocol):
    """What holds one environment to its size."""

    # How, for people.
    description: str

    def groups(self) -> str:
        """The files that a process writes itself into, separated by colons."""

    def watch(self, pid: int) -> None:
        """The process runs."""

    def close(self) -> None:
        """It is gone."""


def processor_share(megabytes: int) -> float:
    """Processors of a function of this size."""
    return megabytes / MEGABYTES_OF_A_PROCESSOR


def limits_for(megabytes: int) -> Limits:
    """The strictest that this machine permits."""
    for kind in (ControlGroupsV2, ControlGroupsV1):
        try:
            return kind(megabytes)
        except OSError:
            continue
    return Watchdog(megabytes)


class ControlGroupsV1:
    """Two groups of the first version: `memory` and `cpu`."""

    def __init__(self, megabytes: int) -> None:
        name = f"quartet-{uuid.uuid4().hex[:12]}"
        self._directories: list[Path] = []
        self.description = "control groups (version 1) for memory and processor"
        try:
            memory, cpu = (self._make(controller, name) for controller in ("memory", "cpu"))
            (memory / "memory.limit_in_bytes").write_text(str(megabytes * _MEGABYTE))
            (cpu / "cpu.cfs_period_us").write_text(str(_PERIOD_MICROSECONDS))
            quota = round(processor_share(megabytes) * _PERIOD_MICROSECONDS)
            (cpu / "cpu.cfs_quota_us").write_text(str(max(1000, quota)))
        except OSError:
            self.close()
            raise

    def _make(self, controller: str, name: str) -> Path:
        directory = _CGROUPS / controller / name
        directory.mkdir()
        self._directories.append(directory)
        return directory

    def groups(self) -> str:
        """Both."""
        return ":".join(str(directory / "cgroup.procs") for directory in self._directories)

    def watch(self, pid: int) -> None:
        """The kernel does."""

    def close(self) -> None:
        """Remove the groups."""
        for directory in self._directories:
            with suppress(OSError):
                directory.rmdir()


class ControlGroupsV2:
    """One group of the second version."""

    def __init__(self, megabytes: int) -> None:
        self.description = "a control group (version 2) for memory and processor"
        self._directory = _CGROUPS / f"quartet-{uuid.uuid4().hex[:12]}"
        if not (_CGROUPS / "cgroup.controllers").is_file():
            raise OSError("no control groups of version 2")
        self._directory.mkdir()
        try:
            (self._directory / "memory.max").write_text(str(megabytes * _MEGABYTE))
            quota = max(1000, round(processor_share(megabytes) * _PERIOD_MICROSECONDS))
            (self._directory / "cpu.max").write_text(f"{quota} {_PERIOD_MICROSECONDS}")
        except OSError:
            self.close()
            raise

    def groups(self) -> str:
        """It."""
        return str(self._directory / "cgroup.procs")

    def watch(self, pid: int) -> None:
        """The kernel does."""

    def close(self) -> None:
        """Remove the group."""
        with suppress(OSError):
            self._directory.rmdir()


class Watchdog:
    """Looks at the resident memory many times a second, and kills. The processor is not limited."""

    def __init__(self, megabytes: int) -> None:
        self.description = "a watchdog for memory (no control groups here; the processor is not limited)"
        self._bytes = megabytes * _MEGABYTE
        self._stopped = threading.Event()

    def groups(self) -> str:
        """None."""
        return ""

    def watch(self, pid: int) -> None:
        """Look after this process from now on."""
        threading.Thread(target=self._look, args=(pid,), daemon=True).start()

    def close(self) -> None:
        """No longer."""
        self._stopped.set()

    def _look(self, pid: int) -> None:
        import psutil

        with suppress(psutil.Error, ProcessLookupError):
            process = psutil.Process(pid)
            while not self._stopped.wait(_WATCH_SECONDS):
                if process.memory_info().rss > self._bytes:
                    os.kill(pid, signal.SIGKILL)
                    return


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has had resident; 0 when it is gone or the system does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
