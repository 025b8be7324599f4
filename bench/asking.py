"""Asking a server for files over a kept connection: bodies are thrown away, nothing else is parsed."""

from __future__ import annotations

import re
import socket
from types import TracebackType
from typing import Self

BUFFER_BYTES = 1 << 18
SECONDS = 600
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Asking:
    """One client of a server of loopback; its connection is made when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._buffer = bytearray(BUFFER_BYTES)
        self._connection: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> socket.socket:
        """The connection that is kept, or a new one."""
        if self._connection is None:
            self._connection = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
        return self._connection

    def close(self) -> None:
        """Leave, even in the middle of an answer."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        range_: str = "",
        agent: str = "bench",
        leaves_after: int = 0,
    ) -> int:
        """The status of the answer. `leaves_after`: so many bytes, and then it breaks off.

        Raises:
            RuntimeError: the server closed the connection in the middle.
            OSError: it cannot be reached, or says nothing for ten minutes.
        """
        connection = self.connect()
        extra = f"Range: {range_}\r\n" if range_ else ""
        connection.sendall(
            f"{method} {target} HTTP/1.1\r\nHost: bench\r\nUser-Agent: {agent}\r\n{extra}\r\n".encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._more(connection, len(self._buffer))
        top, _, body = head.partition(b"\r\n\r\n")
        length = _LENGTH.search(top)
        missing = int(length[1]) - len(body) if length and method != "HEAD" else 0
        if leaves_after:
            missing = min(missing, leaves_after - len(body))
        while missing > 0:
            missing -= len(self._more(connection, missing))
        if leaves_after:
            self.close()
        return int(top[9:12])

    def _more(self, connection: socket.socket, most: int) -> memoryview:
        got = connection.recv_into(self._buffer, min(most, len(self._buffer)))
        if not got:
            raise RuntimeError("the server closed the connection")
        return memoryview(self._buffer)[:got]
