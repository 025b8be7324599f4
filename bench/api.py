"""`GET /todos` with 100 rows, 304 and create: ours beside the plain DRF version, round by round."""

from __future__ import annotations

import itertools
import json
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import load
from bench.results import Row, compare
from bench.servers import Server
from tests.issuer import Issuer

ROUNDS = 7
SECONDS = 2.0
CONNECTIONS = 4
ROWS = 100
PEER = "plain DRF ModelViewSet"
OURS_PATH = "/api/todos/v1/todos"
PEER_PATH = "/todos/"

Requests = Callable[[], Iterator[bytes]]


def measure() -> list[Row]:
    """Requests a second, and CPU milliseconds of the server for each request."""
    issuer = Issuer()
    try:
        with tempfile.TemporaryDirectory() as directory:
            return _measure(issuer, Path(directory))
    finally:
        issuer.stop()


def _measure(issuer: Issuer, directory: Path) -> list[Row]:
    environment = issuer.environment()
    ours = Server("config.wsgi:application", "config.settings", directory / "ours", environment)
    peer = Server(
        "bench.peers.plain_drf.wsgi:application",
        "bench.peers.plain_drf.settings",
        directory / "peer",
        environment,
    )
    ours.django("migrate", "--no-input", "--verbosity=0")
    # The peer has no migrations: its tables are made from its models.
    peer.django("migrate", "--no-input", "--verbosity=0", "--run-syncdb")
    token = issuer.token("alice")
    with ours, peer:
        for server, path in ((ours, OURS_PATH), (peer, PEER_PATH)):
            _fill(server.port, path, token)
        rows: list[Row] = []
        for case, status, make in _cases(token):
            rows += _compare(case, status, (ours, make(ours, OURS_PATH)), (peer, make(peer, PEER_PATH)))
        return rows


def _cases(token: str) -> list[tuple[str, int, Callable[[Server, str], Requests]]]:
    def listing(server: Server, path: str) -> Requests:
        return _repeated(_request("GET", path, token))

    def nothing_new(server: Server, path: str) -> Requests:
        etag = _get(server.port, path, token).headers["ETag"]
        return _repeated(_request("GET", path, token, headers=f"If-None-Match: {etag}\r\n"))

    def create(server: Server, path: str) -> Requests:
        body = json.dumps(_todo(0)).encode()
        return _repeated(_request("POST", path, token, body=body))

    return [("list of 100", 200, listing), ("304, nothing new", 304, nothing_new), ("create", 201, create)]


def _compare(
    case: str, status: int, ours: tuple[Server, Requests], peer: tuple[Server, Requests]
) -> list[Row]:
    rates: tuple[list[float], list[float]] = ([], [])
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for side, (server, requests) in enumerate((ours, peer)):
            before = server.cpu_seconds()
            done = load.run(server.port, requests, status=status, seconds=SECONDS, connections=CONNECTIONS)
            # The first round warms both up.
            if number:
                rates[side].append(done.rate)
                costs[side].append((server.cpu_seconds() - before) * 1000 / done.requests)
    return [
        compare(case, "requests/s", rates[0], PEER, rates[1], more_is_better=True),
        compare(f"{case}, CPU", "ms/request", costs[0], PEER, costs[1], more_is_better=False),
    ]


def _fill(port: int, path: str, token: str) -> None:
    for number in range(ROWS):
        body = json.dumps(_todo(number)).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=body,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()


def _todo(number: int) -> dict[str, object]:
    return {
        "title": f"Water the plants on balcony {number}",
        "notes": "Not the cactus.",
        "due_on": "2026-12-24",
        "priority": 1 + number % 4,
        "tags": ["home", "plants"],
    }


def _get(port: int, path: str, token: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"}
    )
    answer = urllib.request.urlopen(request)
    answer.read()
    return answer


def _request(method: str, path: str, token: str, *, headers: str = "", body: bytes = b"") -> bytes:
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\n{headers}{length}\r\n"
    )
    return head.encode() + body


def _repeated(request: bytes) -> Requests:
    return lambda: itertools.repeat(request)
