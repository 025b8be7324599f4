"""One side of the comparison: a server with its data, and the requests of each row as it wants them."""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import Message
from typing import Any, Protocol

import psutil

CASES = ("nothing new", "list of 100", "delta of 10", "batch of 100", "create")
ACCOUNTS = 1000
ROWS = 100
# Those that ask, and those that write, so that a list stays one of a hundred. The others are there.
READERS = range(100)
WRITERS = range(100, 200)
ACTIVE = range(200)
CONNECTIONS = 4


@dataclass(frozen=True)
class Work:
    """Requests, for each connection its own, and the status that every answer must have."""

    status: int
    requests: Callable[[], Iterator[bytes]]


class Side(AbstractContextManager["Side"], Protocol):
    """Inside its context the server runs and holds the data."""

    name: str
    port: int

    @property
    def processes(self) -> list[psutil.Process]:
        """Those of the server."""

    def work(self) -> Mapping[str, Work]:
        """The requests of the rows that this side can do."""


def todo(number: int) -> dict[str, Any]:
    """What one of the hundred says, in all systems."""
    return {
        "title": f"Water the plants on balcony {number}",
        "notes": "Not the cactus.",
        "due_on": "2026-12-24",
        "priority": 1 + number % 4,
        "tags": ["home", "plants"],
    }


def request(
    method: str, path: str, authorization: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = {
        "Host": "127.0.0.1",
        "Accept": "application/json",
        "Authorization": authorization,
        **({"Content-Type": "application/json", "Content-Length": str(len(content))} if content else {}),
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def json_of(port: int, asked: bytes) -> Any:
    """What a request of the measurement is answered: a status alone says little of a batch or a list."""
    head, _, body = asked.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return call(port, method, path, headers["Authorization"], json.loads(body) if body else None).json


def taking_turns(requests: Sequence[bytes]) -> Callable[[], Iterator[bytes]]:
    """The same requests again and again; each connection begins with another account."""
    starts = itertools.count()

    def begin() -> Iterator[bytes]:
        start = next(starts) * len(requests) // CONNECTIONS % len(requests)
        return itertools.cycle([*requests[start:], *requests[:start]])

    return begin


def made_fresh(make: Callable[[int], bytes]) -> Callable[[], Iterator[bytes]]:
    """Requests that are each other's like in nothing: `make` gets a number that never comes twice."""
    numbers = itertools.count()
    return lambda: map(make, numbers)


def call(
    port: int,
    method: str,
    path: str,
    authorization: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request outside of the measurement; the answer, read."""
    content = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=content,
        headers={"Authorization": authorization, "Content-Type": "application/json", **(headers or {})},
    )
    with urllib.request.urlopen(asked) as answer:
        text = answer.read()
        return Answer(answer.headers, json.loads(text) if text else None)


@dataclass(frozen=True)
class Answer:
    """Headers and JSON of an answer."""

    headers: Message
    json: Any
