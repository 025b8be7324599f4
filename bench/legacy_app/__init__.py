"""The application that may not be changed, as a process of its own that counts what it gives out.

`StaticServer` is a stock static file server; `DjangoServer` views of Django that send a `FileResponse`,
which knows no ranges. Both can say what spoils caching: `Cache-Control: private` and a cookie.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.results import ROOT
from bench.servers import Program, granian
from local.edge.nginx import nginx_command

_CONFIGURATION = """
{user}
daemon off;
pid nginx.pid;
error_log stderr crit;
worker_processes 1;
events {{ worker_connections 2048; }}
http {{
    types {{ application/zip zip; application/octet-stream bin; }}
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    scgi_temp_path temporary;
    uwsgi_temp_path temporary;
    log_format counted escape=json '{{"path":"$uri","status":$status,"bytes":$body_bytes_sent}}';
    access_log requests.log counted;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root files;
        {limit}
        location = /ready {{ access_log off; return 200; }}
        location / {{
            {headers}
        }}
    }}
}}
"""
_PRIVATE = (
    'add_header Cache-Control "private, no-cache"; add_header Set-Cookie "session=$request_id; Path=/"; '
    'add_header Vary "Cookie";'
)


@dataclass(frozen=True)
class Counted:
    """What an origin has given out."""

    requests: int
    bytes: int


class Origin(Program):
    """A server of files below `files/` of its directory; every request is a line of `requests.log`."""

    def __init__(self, directory: Path, *, is_private: bool = False) -> None:
        self.directory = directory
        (directory / "files").mkdir(parents=True, exist_ok=True)
        self.is_private = is_private
        super().__init__({}, ready_path="/ready")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """One JSON object a line."""
        return self.directory / "requests.log"

    def put(self, name: str, body: bytes) -> None:
        """A file that it serves."""
        path = self.directory / "files" / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def counted(self) -> Counted:
        """All requests so far that have ended; waits for those that are being written down."""
        last = -1
        while (size := self.log.stat().st_size if self.log.is_file() else 0) != last:
            last = size
            time.sleep(0.1)
        lines = self.log.read_bytes().splitlines() if last else []
        entries = [json.loads(line) for line in lines]
        return Counted(len(entries), sum(entry["bytes"] for entry in entries))

    def forget(self) -> None:
        """Count from nought."""
        self.counted()
        if self.log.is_file():
            os.truncate(self.log, 0)


class StaticServer(Origin):
    """nginx as it is installed, with a directory of files; `bytes_a_second` of each connection if slow."""

    def __init__(self, directory: Path, *, is_private: bool = False, bytes_a_second: int = 0) -> None:
        super().__init__(directory, is_private=is_private)
        self.bytes_a_second = bytes_a_second

    def command(self) -> Sequence[str]:
        """nginx; its configuration is written."""
        text = _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            port=self.port,
            limit=f"limit_rate {self.bytes_a_second};" if self.bytes_a_second else "",
            headers=_PRIVATE if self.is_private else "",
        )
        (self.directory / "nginx.conf").write_text(text)
        return nginx_command(self.directory)


class DjangoServer(Origin):
    """Django under granian: `FileResponse` without ranges."""

    def command(self) -> Sequence[str]:
        """Granian with the application of this checkout, though it runs in a directory of its own."""
        self.environment |= {
            "PYTHONPATH": str(ROOT),
            "LEGACY_DIRECTORY": str(self.directory),
            "LEGACY_IS_PRIVATE": "1" if self.is_private else "",
        }
        return granian(Path(sys.executable), self.port, "bench.legacy_app.wsgi:application", threads=16)
