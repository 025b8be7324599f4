"""Ours and the peer's servers: the same granian, the same options, a SQLite database each."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType

import psutil

from bench.results import ROOT


class Server:
    """One WSGI application under granian, on a free port of loopback."""

    def __init__(self, application: str, settings: str, directory: Path, environment: dict[str, str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.application = application
        self.environment = {
            **os.environ,
            **environment,
            "ENVIRONMENT_FILE": "",
            "DJANGO_SETTINGS_MODULE": settings,
            "DATABASE_URL": f"sqlite:///{directory / 'bench.sqlite3'}",
            "WEB_URL": f"http://127.0.0.1:{self.port}",
            "LOG_LEVEL": "WARNING",
            "API_WRITES_PER_MINUTE": "100000000",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def django(self, *arguments: str) -> None:
        """A command of Django with this server's settings."""
        subprocess.run(
            [sys.executable, "-m", "django", *arguments], cwd=ROOT, env=self.environment, check=True
        )

    def __enter__(self) -> Server:
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
            *("--port", str(self.port), "--workers", "1", "--blocking-threads", "4", "--no-ws"),
            *("--log-level", "warning", self.application),
        ]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=1).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)

    def cpu_seconds(self) -> float:
        """CPU time of the server's processes so far."""
        assert self._process is not None
        leader = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in [leader, *leader.children(recursive=True)]]
        return sum(found.user + found.system for found in times)
