"""A post's page and an artifact at the edge: a hit beside plain nginx, and beside the object store itself."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from bench import load
from bench.results import Row, compare
from chassis.publishing.rules import CacheRule
from local.edge.nginx import nginx_command
from local.edge.server import Edge
from local.loopback import HOST, free_ports
from local.object_store import PUBLIC_BUCKET, ObjectStore

ROUNDS = 7
SECONDS = 2.0
CONNECTIONS = 4
PAGE_BYTES = 20_000
ARTIFACT_BYTES = 50_000_000
PAGE, ARTIFACT = "blog/a-post/index.html", "artifacts/app/app-1.0.0.bin"
PLAIN, STORE = "nginx, a plain file", "the object store"
PACKED = "nginx, a plain file, gzip"
# What an nginx that only serves files is told; its log is no dearer than the edge's.
_PLAIN_CONFIGURATION = """
{user}
daemon off;
pid nginx.pid;
error_log stderr error;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    types {{ text/html html; application/octet-stream bin; }}
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    scgi_temp_path temporary;
    uwsgi_temp_path temporary;
    gzip_comp_level 6;
    access_log access.log combined buffer=32k flush=500ms;
    server {{
        listen {host}:{port};
        root files;
        gzip on;
        gzip_types text/html;
    }}
}}
"""


@dataclass(frozen=True)
class Side:
    """A server that is measured: where it listens, what it is asked, whose CPU time counts."""

    port: int
    request: bytes
    processes: tuple[psutil.Process, ...]
    status: int = 200

    def requests(self) -> Iterator[bytes]:
        """The same request for ever."""
        return itertools.repeat(self.request)

    def cpu_seconds(self) -> float:
        """CPU time of its processes so far."""
        times = [process.cpu_times() for process in self.processes]
        return sum(found.user + found.system for found in times)


def measure() -> list[Row]:
    """CPU milliseconds a request, and requests a second, in alternating rounds."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            ObjectStore(directory / "store") as store,
            Edge(directory / "edge", store_url=store.endpoint_url, bucket=PUBLIC_BUCKET) as edge,
            PlainNginx(directory / "plain") as plain,
        ):
            _put_files(store, directory / "plain" / "files")
            return _measure(store, edge, plain)


def _measure(store: ObjectStore, edge: Edge, plain: PlainNginx) -> list[Row]:
    at_edge = processes_of(edge._processes[0].pid)
    at_plain, at_store = processes_of(plain.pid), processes_of(_pid_of(store))
    rows: list[Row] = []
    for case, key, packed in (
        ("post page, edge hit", PAGE, False),
        ("post page, edge hit, gzip", PAGE, True),
        ("50 MB artifact, edge hit", ARTIFACT, False),
    ):
        address = f"/{key.removesuffix('index.html')}"
        ours = Side(edge.files_port, _request(address, packed), at_edge)
        theirs = Side(plain.port, _request(f"/{key}", packed), at_plain)
        rows += compare_sides(case, ours, PACKED if packed else PLAIN, theirs, rounds=ROUNDS, seconds=SECONDS)
        if not packed:
            origin = Side(store.port, _request(f"/{PUBLIC_BUCKET}/{key}", packed), at_store)
            rows += compare_sides(case, ours, STORE, origin, rounds=ROUNDS, seconds=SECONDS)
    return rows


def compare_sides(
    case: str, ours: Side, peer: str, theirs: Side, *, rounds: int, seconds: float
) -> list[Row]:
    """Requests a second and CPU of two servers that are asked in turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for place, side in enumerate((ours, theirs)):
            before = side.cpu_seconds()
            done = load.run(
                side.port, side.requests, status=side.status, seconds=seconds, connections=CONNECTIONS
            )
            # The first round warms both up.
            if number:
                rates[place].append(done.rate)
                costs[place].append((side.cpu_seconds() - before) * 1000 / done.requests)
    return [
        compare(case, "requests/s", rates[0], peer, rates[1], more_is_better=True),
        compare(f"{case}, CPU", "ms/request", costs[0], peer, costs[1], more_is_better=False),
    ]


class PlainNginx:
    """The same nginx program, serving files of a directory and nothing else."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "files").mkdir(parents=True)
        (self.port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of its master."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> PlainNginx:
        user = "user root;" if os.geteuid() == 0 else ""
        text = _PLAIN_CONFIGURATION.format(user=user, host=HOST, port=self.port)
        (self.directory / "nginx.conf").write_text(text)
        self._process = subprocess.Popen(nginx_command(self.directory))
        _wait_for(f"http://{HOST}:{self.port}/")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)


def _put_files(store: ObjectStore, plain: Path) -> None:
    """The same bytes for all sides."""
    sentence = b"<p>The garden gate wants oil, said Edith, and nobody said that it did not.</p>\n"
    bodies = {PAGE: (sentence * 300)[:PAGE_BYTES], ARTIFACT: os.urandom(ARTIFACT_BYTES)}
    client = _client(store.environment())
    client.create_bucket(Bucket=PUBLIC_BUCKET)
    client.put_bucket_policy(Bucket=PUBLIC_BUCKET, Policy=_POLICY)
    for key, body in bodies.items():
        is_page = key == PAGE
        rule = CacheRule.PAGE if is_page else CacheRule.IMMUTABLE
        client.put_object(
            Bucket=PUBLIC_BUCKET,
            Key=key,
            Body=body,
            CacheControl=rule.origin,
            ContentType="text/html" if is_page else "application/octet-stream",
        )
        (plain / key).parent.mkdir(parents=True)
        (plain / key).write_bytes(body)


_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", '
    f'"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::{PUBLIC_BUCKET}/*"]}}]}}'
)


def _client(environment: Mapping[str, str]) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        aws_access_key_id=environment["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["S3_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


def _pid_of(store: ObjectStore) -> int:
    assert store._process is not None
    return store._process.pid


def processes_of(pid: int) -> tuple[psutil.Process, ...]:
    leader = psutil.Process(pid)
    below = leader.children(recursive=True)
    # nginx's loader of kept copies ends after a minute, and has nothing to load here.
    return (leader, *(process for process in below if "loader" not in " ".join(process.cmdline())))


def _request(path: str, packed: bool) -> bytes:
    accepted = "Accept-Encoding: gzip\r\n" if packed else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{accepted}\r\n".encode()


def _wait_for(url: str) -> None:
    """Return once anything is answered, were it a refusal."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")
