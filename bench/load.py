"""A small load client: keep-alive connections, requests made beforehand, nothing parsed but the length."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """How a round went."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def run(
    port: int, requests: Callable[[], Iterator[bytes]], *, status: int, seconds: float, connections: int
) -> Load:
    """Send what `requests` yields on each connection for so long; every answer must have `status`.

    Raises:
        RuntimeError: an answer had another status, or a connection was ended.
    """
    counts = [0] * connections
    errors: list[str] = []
    deadline = time.perf_counter() + seconds

    def ask(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for request in requests():
                if time.perf_counter() > deadline or errors:
                    return
                connection.sendall(request)
                found = _read_answer(connection)
                if found != status:
                    raise RuntimeError(f"answered {found}, expected {status}")
                counts[number] += 1

    def work(number: int) -> None:
        try:
            ask(number)
        except (RuntimeError, OSError) as error:
            errors.append(str(error))

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(errors[0])
    return Load(sum(counts), time.perf_counter() - began)


def latencies(port: int, requests: Iterable[bytes], *, status: int) -> list[float]:
    """Milliseconds of each request, one after the other on one connection.

    Raises:
        RuntimeError: an answer had another status.
    """
    found = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for request in requests:
            began = time.perf_counter()
            connection.sendall(request)
            answered = _read_answer(connection)
            found.append((time.perf_counter() - began) * 1000)
            if answered != status:
                raise RuntimeError(f"answered {answered}, expected {status}")
    return found


def _read_answer(connection: socket.socket) -> int:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    if _CHUNKED.search(head):
        # JSON has no such line in it.
        while not body.endswith(_LAST_CHUNK):
            body += _more(connection)
        return int(head[9:12])
    length = _LENGTH.search(head)
    missing = (int(length.group(1)) if length else 0) - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(262_144)
    if not received:
        raise RuntimeError("the server closed the connection")
    return received
