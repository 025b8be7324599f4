"""`make offload ORIGIN=http://…`: the desk's edge in front of an application that may not be changed.

Copies are kept of artifacts alone; everything else passes as it comes and goes as it came. What an origin
says that would spoil caching (private, Set-Cookie, Vary, a query, no ranges) is overruled for artifacts,
since anybody who asks without a key gets the same bytes; whoever brings one is passed to the origin.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local.edge.configuration import CONNECTIONS, MOST_WORKERS, fill, open_files, user_line
from local.edge.copies import name_of
from local.edge.nginx import nginx_command
from local.edge.processes import Processes
from local.loopback import HOST, free_ports
from updates.offload.paths import DEFAULT_PATTERNS, MUTABLE_NAME, SECONDS, SIGNED_QUERY, pattern_regex

# An hour: 50 MB arrive even at 15 kB a second.
LOCK_SECONDS = 3600
CACHE_SIZE = "20g"


class BadOrigin(ValueError):
    """An address that no edge can stand in front of."""


@dataclass(frozen=True)
class Refused:
    """A path of which no copy is kept, as it stands in an address, and why."""

    path: str
    reason: str


class OffloadEdge(Processes):
    """nginx in front of an origin, on a directory.

        with OffloadEdge(Path("…"), origin="http://127.0.0.1:9000") as edge:
            httpx.get(f"{edge.url}/downloads/app-1.0.0.zip")

    Raises:
        BadOrigin: the address is no origin.
        BadPattern: a pattern is none.
    """

    def __init__(
        self,
        directory: Path,
        *,
        origin: str,
        port: int = 0,
        patterns: Sequence[str] = DEFAULT_PATTERNS,
        seconds: int = SECONDS,
        keeps_query: bool = False,
        refused: Sequence[Refused] = (),
    ) -> None:
        super().__init__(directory)
        self.origin = checked_origin(origin)
        self.port = port or free_ports(1)[0]
        self.patterns = tuple(patterns)
        self.seconds = seconds
        self.keeps_query = keeps_query
        self.refused = tuple(refused)

    @property
    def url(self) -> str:
        """Where to ask instead of at the origin."""
        return f"http://{HOST}:{self.port}"

    @property
    def access_log(self) -> Path:
        """One JSON object a line, within half a second; `upstream_bytes` came from the origin."""
        return self.directory / "access.log"

    def programs(self) -> list[tuple[list[str], str]]:
        """nginx alone; writes its configuration."""
        command = nginx_command(self.directory)
        (self.directory / "nginx.conf").write_bytes(self.configuration().encode("utf-8", "surrogateescape"))
        return [(command, f"{self.url}/_offload_ready")]

    def configuration(self) -> str:
        """The text of `nginx.conf`."""
        origin = urlsplit(self.origin)
        default_port = 443 if origin.scheme == "https" else 80
        patterns = "|".join(f"(?:{pattern_regex(pattern)})" for pattern in self.patterns) or "(?!)"
        return fill(
            "offload.conf",
            user=user_line(),
            workers=min(MOST_WORKERS, os.cpu_count() or 1),
            open_files=open_files(),
            connections=CONNECTIONS,
            cache_size=CACHE_SIZE,
            origin_address=f"{_bracketed(origin.hostname or '')}:{origin.port or default_port}",
            origin_host=origin.netloc,
            origin=self.origin,
            scheme=origin.scheme,
            tls=_tls(origin.hostname or "") if origin.scheme == "https" else "",
            signed_query=SIGNED_QUERY,
            host=HOST,
            port=self.port,
            # Two addresses may be one path, and nginx takes each once.
            refused="\n".join(
                _refused(path, reason, origin.scheme)
                for path, reason in {_compared(one.path): one.reason for one in self.refused}.items()
            ),
            mutable=self._location(f"^(?=(?:{patterns})$).*{MUTABLE_NAME}", min(60, self.seconds)),
            artifacts=self._location(f"^(?:{patterns})$", self.seconds),
        )

    def _location(self, pattern: str, seconds: int) -> str:
        origin = urlsplit(self.origin)
        return fill(
            "offload_artifacts.conf",
            pattern=pattern.replace('"', r"\""),
            kept_query="$args" if self.keeps_query else '""',
            key_query="?$args" if self.keeps_query else "",
            seconds=seconds,
            lock_seconds=LOCK_SECONDS,
            origin_host=origin.netloc,
            scheme=origin.scheme,
        )


def checked_origin(origin: str) -> str:
    """The address without a slash at its end.

    Raises:
        BadOrigin: no scheme, no host, a path, or somebody's password.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError as error:
        raise BadOrigin(f"“{origin}” is no address: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadOrigin(
            f"“{origin}” is no origin. Give its scheme and host: ORIGIN=http://downloads.example.com"
        )
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadOrigin(f"“{origin}” has more than scheme, host and port; paths are told by PATHS.")
    if not set(parts.netloc) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"):
        raise BadOrigin(f"“{origin}” has a host with characters that no host has.")
    return f"{parts.scheme}://{_bracketed(parts.hostname)}{f':{port}' if port else ''}"


def _refused(path: str, reason: str, scheme: str) -> str:
    # Both are shown by nginx itself, so neither may end a string or name a variable.
    path = path.replace("\\", "\\\\").replace('"', r"\"")
    shown = "".join(sign if sign.isalnum() or sign in " .,:;/=*()-_" else " " for sign in reason)
    return (
        f'        location = "{path}" {{\n'
        f'            add_header X-Offload "refused: {shown}" always;\n'
        "            proxy_buffering off;\n"
        f"            proxy_pass {scheme}://origin;\n"
        "        }"
    )


def _compared(path: str) -> str:
    """A path of an address as nginx compares it: decoded, slashes merged, dots resolved."""
    name = name_of(path).decode("utf-8", "surrogateescape")
    return posixpath.normpath(name) + ("/" if name.endswith("/") and name != "/" else "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls(host: str) -> str:
    import certifi

    return (
        "        proxy_ssl_server_name on;\n"
        f"        proxy_ssl_name {host};\n"
        "        proxy_ssl_verify on;\n"
        "        proxy_ssl_verify_depth 4;\n"
        f"        proxy_ssl_trusted_certificate {certifi.where()};"
    )
