"""The edge of a desk as two processes: nginx, and what takes invalidations."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from local.edge.configuration import MOST_WORKERS, Configuration, WebProcess
from local.edge.nginx import nginx_command
from local.edge.processes import Processes
from local.loopback import HOST, kept_ports

FILES_DISTRIBUTION = "files"
# A desk writes one log for ever; a start puts one that has grown aside.
_LOG_BYTES = 64 * 1024 * 1024


class Edge(Processes):
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
        workers_most: int = MOST_WORKERS,
    ) -> None:
        super().__init__(directory)
        self.workers_most = workers_most
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
            "UPDATES_EDGE_LOGS": str(self.access_log),
        }

    def command(self) -> list[str]:
        """nginx's command line; writes its configuration.

        Raises:
            NoEdge: there is no nginx here.
        """
        command = nginx_command(self.directory)
        configuration = Configuration(
            store_url=self.store_url,
            bucket=self.bucket,
            files_port=self.files_port,
            origin_port=self.origin_port,
            web_processes=self.web,
            workers_most=self.workers_most,
        )
        (self.directory / "nginx.conf").write_text(configuration.render(), encoding="utf-8")
        for log in (self.access_log, self.origin_log):
            if log.is_file() and log.stat().st_size > _LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
        return command

    def invalidations_command(self) -> list[str]:
        """The command line of what takes invalidations."""
        return [
            *(sys.executable, "-m", "local.edge", str(self.directory)),
            *("--port", str(self.invalidations_port)),
            *(f"--web={process.name}" for process in self.web),
        ]

    def programs(self) -> list[tuple[list[str], str]]:
        """nginx, and what takes invalidations."""
        return [(self.command(), self.probe_url), (self.invalidations_command(), self.invalidations_url)]
