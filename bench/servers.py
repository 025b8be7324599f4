"""Servers of both sides, each a process of its own. Python's all run under granian with the same options."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.results import ROOT

READY_SECONDS = 60
_LEASH = ROOT / "local" / "platform" / "leash.py"


class Program:
    """One program that answers HTTP on a free port of loopback."""

    directory = ROOT
    ready_seconds = READY_SECONDS

    def __init__(self, environment: Mapping[str, str], *, ready_path: str) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port: int = listener.getsockname()[1]
        self.environment = {**os.environ, **environment}
        self._ready_url = f"http://127.0.0.1:{self.port}{ready_path}"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """What is started."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Ends with this process, however that ends.
        leash = (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()))
        self._process = subprocess.Popen(
            [*leash, *self.command()],
            cwd=self.directory,
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def processes(self) -> list[psutil.Process]:
        """The program's process and those below it."""
        assert self._process is not None
        leader = psutil.Process(self._process.pid)
        return [leader, *leader.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time of the program's processes so far."""
        return cpu_seconds(self.processes)

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + self.ready_seconds
        while True:
            try:
                urllib.request.urlopen(self._ready_url, timeout=1).close()
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return


class Server(Program):
    """A WSGI application of Django, on SQLite in a directory unless `database_url` says otherwise."""

    def __init__(
        self,
        application: str,
        settings: str,
        directory: Path,
        environment: Mapping[str, str],
        *,
        database_url: str = "",
        threads: int = 4,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(environment, ready_path="/health/live")
        self.application = application
        self._threads = threads
        self.environment |= {
            "ENVIRONMENT_FILE": "",
            "DJANGO_SETTINGS_MODULE": settings,
            "DATABASE_URL": database_url or f"sqlite:///{directory / 'bench.sqlite3'}",
            "WEB_URL": f"http://127.0.0.1:{self.port}",
            "LOG_LEVEL": "WARNING",
            "API_WRITES_PER_MINUTE": "100000000",
        }

    def command(self) -> Sequence[str]:
        """Granian with the application."""
        return granian(Path(sys.executable), self.port, self.application, threads=self._threads)

    def django(self, *arguments: str) -> None:
        """A command of Django with this server's settings."""
        self.run("-m", "django", *arguments)

    def run(self, *arguments: str) -> None:
        """A Python program with this server's settings. It prepares, so nothing waits for the disk."""
        environment = {**self.environment, "SQLITE_SYNCHRONOUS": "OFF"}
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)


def granian(python: Path, port: int, application: str, *, threads: int = 4) -> list[str]:
    """The command line of every Python server: one worker with four threads, if not said otherwise."""
    return [
        *(str(python), "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--blocking-threads", str(threads), "--no-ws"),
        *("--log-level", "warning", application),
    ]


def pin(processes: Iterable[psutil.Process], cores: Collection[int]) -> None:
    """Keep processes, and those that they start, on some processors, where the system can do that."""
    for process in processes:
        # One that has ended meanwhile needs no place.
        with suppress(psutil.NoSuchProcess):
            if hasattr(process, "cpu_affinity"):
                process.cpu_affinity(list(cores))


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """CPU time of processes so far."""
    spent = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
            # What has ended meanwhile counts with its parent.
            spent += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return spent


@contextmanager
def servers_apart(servers: Iterable[psutil.Process]) -> Iterator[None]:
    """Servers and their databases on one processor, this process on the others, if there are two or more."""
    cores = shared_out_cores()
    if cores is None:
        yield
        return
    of_servers, of_client = cores
    pin(servers, of_servers)
    own = psutil.Process()
    pin([own], of_client)
    try:
        yield
    finally:
        pin([own], {*of_servers, *of_client})


def shared_out_cores() -> tuple[set[int], set[int]] | None:
    """The processor of the servers and those of the client; None where there are not two."""
    process = psutil.Process()
    cores = sorted(process.cpu_affinity() or []) if hasattr(process, "cpu_affinity") else []
    return ({cores[0]}, set(cores[1:])) if len(cores) > 1 else None
