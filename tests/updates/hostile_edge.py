"""An edge in the hands of somebody hostile: it passes on what is published, or whatever the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx

from local.loopback import HOST

Answer = bytes | Callable[[BaseHTTPRequestHandler], None]


class HostileEdge:
    """In front of the real one. `answers["/updates/tide/tuf/timestamp.json"] = b"…"` replaces a file."""

    def __init__(self, real: str) -> None:
        self.real = real
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.sent = 0
        self.released = threading.Event()
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.daemon_threads = True
        cast(Any, self._server).edge = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://{HOST}:{self._server.server_port}"

    def stop(self) -> None:
        """Let go whoever waits, and end."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def send_endless(self, handler: BaseHTTPRequestHandler) -> None:
        """Bytes without an end, until the client has enough."""
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        try:
            while not self.released.is_set():
                handler.wfile.write(b" " * 65536)
                self.sent += 65536
        except OSError:
            pass

    def never_answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Nothing, for as long as the client waits."""
        handler.close_connection = True
        self.released.wait(30)


class _Handler(BaseHTTPRequestHandler):
    # Node's `fetch` stumbles, now and then, over answers that end with their connection.
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        edge: HostileEdge = cast(Any, self.server).edge
        edge.asked.append(self.path)
        answer = edge.answers.get(self.path.partition("?")[0])
        if callable(answer):
            answer(self)
        elif answer is not None:
            self._send(200, answer)
        else:
            real = httpx.get(edge.real + self.path)
            self._send(real.status_code, real.content)

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Silent."""
