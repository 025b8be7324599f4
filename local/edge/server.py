"""The edge of a desk as two processes: nginx, and what takes invalidations."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from local.edge.configuration import Configuration, WebProcess
from local.edge.nginx import find_nginx
from local.loopback import HOST, kept_ports

FILES_DISTRIBUTION = "files"
READY_SECONDS = 20.0
STOP_SECONDS = 5.0
# A desk writes one log for ever; a start puts one that has grown aside.
_LOG_BYTES = 64 * 1024 * 1024
_LEASH = Path(__file__).parents[1] / "platform" / "leash.py"


class NoEdge(Exception):
    """There is no nginx here."""


class Edge:
    """nginx in front of an object store's public bucket and of web processes, on a directory.

        with Edge(Path("…"), store_url="http://127.0.0.1:8333", bucket="quartet-public") as edge:
            os.environ.update(edge.environment())

    `web` names the web processes: the port that people use for each, and the one where it listens itself.
    A port that is 0 is a free one, which the directory remembers.
    """

    def __init__(
        self,
        directory: Path,
        *,
        store_url: str,
        bucket: str,
        files_port: int = 0,
        web: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        for needed in (directory, directory / "cache", directory / "temporary"):
            needed.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory = directory
        self.bucket = bucket
        self.store_url = store_url
        names = ("files", "origin", "invalidations", *(f"web.{name}" for name in web or {}))
        ports = kept_ports(directory / "ports.json", names)
        self.files_port = files_port or ports["files"]
        self.origin_port, self.invalidations_port = ports["origin"], ports["invalidations"]
        self.web = tuple(
            WebProcess(name, port, inner_port or ports[f"web.{name}"])
            for name, (port, inner_port) in (web or {}).items()
        )
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def files_url(self) -> str:
        """Where the public bucket is read."""
        return f"http://{HOST}:{self.files_port}"

    @property
    def probe_url(self) -> str:
        """Answers 200 once nginx listens everywhere."""
        return f"http://{HOST}:{self.origin_port}/_ready"

    @property
    def invalidations_url(self) -> str:
        """Where CloudFront's API is spoken."""
        return f"http://{HOST}:{self.invalidations_port}"

    @property
    def access_log(self) -> Path:
        """One JSON object a line: every request of every listener."""
        return self.directory / "access.log"

    @property
    def origin_log(self) -> Path:
        """One JSON object a line: what the cache asked of the object store."""
        return self.directory / "origin.log"

    def environment(self) -> dict[str, str]:
        """The variables by which the services reach this edge."""
        return {
            "PUBLIC_URL": self.files_url,
            "CLOUDFRONT_ENDPOINT_URL": self.invalidations_url,
            "FILES_DISTRIBUTION_ID": FILES_DISTRIBUTION,
        }

    def command(self) -> list[str]:
        """nginx's command line; writes its configuration.

        Raises:
            NoEdge: there is no nginx here.
        """
        program = find_nginx()
        if program is None:
            raise NoEdge("There is no nginx here: neither the wheel of the `local` group nor the system's.")
        configuration = Configuration(
            store_url=self.store_url,
            bucket=self.bucket,
            files_port=self.files_port,
            origin_port=self.origin_port,
            web_processes=self.web,
        )
        (self.directory / "nginx.conf").write_text(configuration.render(), encoding="utf-8")
        for log in (self.access_log, self.origin_log):
            if log.is_file() and log.stat().st_size > _LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
        return [str(program), "-e", "stderr", "-p", f"{self.directory}/", "-c", "nginx.conf"]

    def invalidations_command(self) -> list[str]:
        """The command line of what takes invalidations."""
        return [
            *(sys.executable, "-m", "local.edge", str(self.directory)),
            *("--port", str(self.invalidations_port)),
            *(f"--web={process.name}" for process in self.web),
        ]

    def start(self) -> None:
        """Start both processes and wait until they answer.

        Raises:
            NoEdge: there is no nginx here.
            RuntimeError: one ended, or was not ready in time; the message has the last words.
        """
        try:
            for command in (self.command(), self.invalidations_command()):
                self._start(command)
            for process, url in zip(self._processes, (self.probe_url, self.invalidations_url), strict=True):
                self._wait_until_answers(process, url)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End both and wait until they are gone."""
        for process in self._processes:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, number)
                    try:
                        process.wait(STOP_SECONDS)
                    except subprocess.TimeoutExpired:
                        continue
        self._processes.clear()

    def __enter__(self) -> Edge:
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
                [*leash, *command],
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                cwd=Path(__file__).parents[2],
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
