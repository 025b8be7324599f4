"""An HTTP server that says what a test wants, and keeps what it was asked: a web process, or a store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from local.loopback import HOST


@dataclass(frozen=True)
class Request:
    """One that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is said to a path."""

    status: int = 404
    headers: dict[str, str] = field(default_factory=lambda: {"Cache-Control": "private, no-store"})
    body: bytes = b"missing"


class StandIn:
    """Serves on a port of loopback between `with` and its end."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[Request] = []
        # Called before each answer: to be slow, or to look.
        self.before_answer: Callable[[], object] = bool
        self._answers: dict[str, Answer] = {}

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def answer(
        self, path: str, body: bytes = b"{}", *, status: int = 200, cache: str = "", **more: str
    ) -> None:
        """What it says to a path from now on; `more` are further headers, with `_` for `-`."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        self._answers[path] = Answer(status, {**({"Cache-Control": cache} if cache else {}), **headers}, body)

    def asked_for(self, path: str) -> list[Request]:
        """Every request of a path, whatever its query."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    def find(self, request: Request) -> Answer:
        """Keep the request; the answer to it."""
        self.requests.append(request)
        self.before_answer()
        return self._answers.get(request.path.partition("?")[0], Answer())

    def start(self) -> None:
        """Serve."""
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = _Server((HOST, self.port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Serve no more: connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> StandIn:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


class _Handler(BaseHTTPRequestHandler):
    # 1.0: a stopped server has no connection left that goes on answering.
    protocol_version = "HTTP/1.0"
    stand_in: StandIn

    def answer(self) -> None:
        """Whatever was put there for the path."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, dict(self.headers.items()), body)
        found = self.stand_in.find(request)
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    def __getattr__(self, name: str) -> Any:
        """Every method is answered alike (`do_GET`, `do_PUT`, …)."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""
