"""nginx's configuration, rendered from the table of cache rules and the addresses of one desk."""

from __future__ import annotations

import json
import os
import re
import resource
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chassis.errors import DomainError, TooLarge, Unavailable
from chassis.publishing.rules import CacheRule, viewer_headers
from local.loopback import HOST

FILES_KEY = "files"
APP_KEY = "app:"
# Longer than the slowest fetch of an artifact from the store.
LOCK_SECONDS = 120
FETCH_IDLE_SECONDS = 20
SLOW_SECONDS = 10
FILES_CACHE_SIZE = "4g"

_TEMPLATES = Path(__file__).parent / "templates"
_PLACE = re.compile(r"<<([a-z_]+)>>")
CONNECTIONS = 4096
_OPEN_FILES = 4 * CONNECTIONS
MOST_WORKERS = 2
# Words to nginx that no origin of ours says.
_ACCEL_HEADERS = "X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset"
# What the store says beside the file; nobody needs it, and it tells of the machinery.
_HIDDEN = (
    "Seaweed-Chunks-Count",
    "Seaweed-Content-MD5",
    "Seaweed-X-Amz-Etag",
    "Seaweed-X-Amz-Owner",
    "X-Amz-Bucket-Region",
    "X-Amz-Checksum-CRC32",
    "X-Amz-Checksum-CRC32C",
    "X-Amz-Checksum-CRC64NVME",
    "X-Amz-Checksum-SHA1",
    "X-Amz-Checksum-SHA256",
    "X-Amz-Checksum-Type",
    "X-Amz-Expiration",
    "X-Amz-Id-2",
    "X-Amz-Meta-SHA256",
    "X-Amz-Request-Id",
    "X-Amz-Server-Side-Encryption",
    "X-Amz-Storage-Class",
    "X-Amz-Tagging-Count",
    "X-Amz-Version-Id",
    "Server",
    "Set-Cookie",
    "Vary",
)


@dataclass(frozen=True)
class WebProcess:
    """One web process behind the edge: where people reach it, and where it listens."""

    name: str
    port: int
    inner_port: int

    @property
    def url(self) -> str:
        """The address that browsers see."""
        return f"http://{HOST}:{self.port}"

    @property
    def distribution(self) -> str:
        """Its name in the access log, and for invalidations."""
        return f"app-{self.name}"


@dataclass(frozen=True)
class Configuration:
    """All that one edge is made of."""

    store_url: str
    bucket: str
    files_port: int
    origin_port: int
    web_processes: Sequence[WebProcess] = ()
    workers_most: int = MOST_WORKERS

    def render(self) -> str:
        """The text of `nginx.conf`; its paths count from the directory that nginx is started with."""
        return fill(
            "nginx.conf",
            user=user_line(),
            workers=min(self.workers_most, os.cpu_count() or 1),
            open_files=open_files(),
            connections=CONNECTIONS,
            slow_seconds=SLOW_SECONDS,
            files=self._files(),
            origin=self._origin(),
            apps=self._apps() if self.web_processes else "",
        )

    def _files(self) -> str:
        return fill(
            "files.conf",
            host=HOST,
            store=self._store,
            files_port=self.files_port,
            origin_port=self.origin_port,
            files_cache_size=FILES_CACHE_SIZE,
            key_prefix=FILES_KEY,
            lock_seconds=LOCK_SECONDS,
            fetch_idle_seconds=FETCH_IDLE_SECONDS,
            viewer_headers=_map_lines(viewer_headers()),
            viewer_default=CacheRule.PAGE.viewer,
            viewer_missing=CacheRule.MISSING_FILE.viewer,
            missing_rule=CacheRule.MISSING_FILE.origin,
            accel_headers=_ACCEL_HEADERS,
        )

    def _origin(self) -> str:
        return fill(
            "origin.conf",
            host=HOST,
            store=self._store,
            bucket=self.bucket,
            origin_port=self.origin_port,
            fetch_idle_seconds=FETCH_IDLE_SECONDS,
            page_rule=CacheRule.PAGE.origin,
            missing_rule=CacheRule.MISSING_FILE.origin,
            hidden_headers="\n".join(f"        proxy_hide_header {name};" for name in _HIDDEN),
            accel_headers=_ACCEL_HEADERS,
        )

    @property
    def _store(self) -> str:
        return urlsplit(self.store_url).netloc

    def _apps(self) -> str:
        shared = {CacheRule.SHARED_ANSWER.origin: CacheRule.SHARED_ANSWER.viewer}
        return fill(
            "app.conf",
            viewer_headers=_map_lines(shared),
            servers="\n".join(self._app(process) for process in self.web_processes),
        )

    def _app(self, process: WebProcess) -> str:
        return fill(
            "app_server.conf",
            host=HOST,
            name=process.name,
            port=process.port,
            inner_port=process.inner_port,
            distribution=process.distribution,
            key_prefix=f"{APP_KEY}{process.name}:",
            private=CacheRule.PRIVATE_ANSWER.viewer,
            unavailable_problem=_problem(
                process.url, Unavailable, 503, "The web process does not answer; it may be starting."
            ),
            too_large_problem=_problem(
                process.url, TooLarge, 413, "At most 10 MB are taken. Files go to the object store directly."
            ),
        )


def fill(template: str, **values: object) -> str:
    """A template with its places filled."""
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    return _PLACE.sub(lambda match: str(values[match.group(1)]), text)


def _map_lines(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    return "\n".join(f'        "{key}" "{value}";' for key, value in dict(pairs).items())


def _problem(url: str, error: type[DomainError], status: int, detail: str) -> str:
    document = {
        "type": f"{url}/problems/{error.code}",
        "title": str(error.title),
        "status": status,
        "detail": detail,
    }
    return json.dumps(document).replace("'", "\\'")


def user_line() -> str:
    """As whom workers run, where nginx must be told."""
    # Workers of a master that root started would be `nobody`, whose files only root could unlink.
    if os.geteuid() != 0:
        return ""
    import grp
    import pwd

    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getegid()).gr_name};"


def open_files() -> int:
    """As many files as workers may have open at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
