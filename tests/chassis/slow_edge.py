"""An edge that keeps what it once fetched, missing files too, until a test says otherwise."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import httpx


class SlowEdge:
    """A caching server in front of an origin; it forgets a path after so many more requests."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.requests_until_forgotten = 10**9
        self.requests: list[str] = []
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._left: dict[str, int] = {}
        edge = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = edge.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> SlowEdge:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> tuple[int, bytes]:
        """What it keeps, or what the origin says."""
        self.requests.append(path)
        left = self._left.get(path, 0)
        if path in self._kept and left > 0:
            self._left[path] = left - 1
            return self._kept[path]
        answer = httpx.get(f"{self.origin}{path}")
        self._kept[path] = (answer.status_code, answer.content)
        self._left[path] = self.requests_until_forgotten
        return self._kept[path]
