"""The Runtime API of one execution environment (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PREFIX = "/2018-06-01/runtime"


class QuietServer(ThreadingHTTPServer):
    """A server on a port of loopback that says nothing of clients that were killed."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Event:
    """What the runtime gets next."""

    request_id: str
    body: bytes
    deadline_milliseconds: int
    function_arn: str


@dataclass(frozen=True)
class Answer:
    """What the runtime said: to an event, or, without a request id, about a start that failed."""

    request_id: str
    body: bytes
    is_error: bool


class RuntimeApi:
    """Serves one runtime on a port of its own. All waiting is on one condition."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._event: Event | None = None
        self._answer: Answer | None = None
        self._is_asking = False
        self._is_closed = False
        self._server = QuietServer(("127.0.0.1", 0), _handler_of(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """For AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def wait_until_asked(self, seconds: float) -> bool:
        """Whether the runtime asks for an event within the time. Also returns when it reports an error."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_asking or self._answer is not None, seconds)
            return self._is_asking

    def give(self, event: Event) -> None:
        """Hand the event over to the runtime."""
        with self._condition:
            self._event, self._answer = event, None
            self._condition.notify_all()

    def wait_for_answer(self, seconds: float) -> Answer | None:
        """What the runtime says to it; None when the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._answer is not None, seconds)
            return self._answer

    # --- Called by the runtime's requests -------------------------------------------------------

    def next_event(self) -> Event | None:
        """Wait for an event; None when there will be none."""
        with self._condition:
            self._is_asking = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._event is not None or self._is_closed)
            event, self._event = self._event, None
            self._is_asking = False
            return event

    def answered(self, answer: Answer) -> None:
        """The runtime has answered."""
        with self._condition:
            self._answer = answer
            self._condition.notify_all()


def _handler_of(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: the second would wait 40 ms for the first's acknowledgement.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            event = api.next_event() if self.path == f"{_PREFIX}/invocation/next" else None
            if event is None:
                self._send(404, b"")
                return
            headers = {
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(event.deadline_milliseconds),
                "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                "Content-Type": "application/json",
            }
            self._send(200, event.body, headers)

        def do_POST(self) -> None:
            body = _body(self)
            path = self.path.removeprefix(_PREFIX).strip("/").split("/")
            if path == ["init", "error"]:
                api.answered(Answer("", body, is_error=True))
            elif len(path) == 3 and path[0] == "invocation":
                api.answered(Answer(path[1], body, is_error=path[2] == "error"))
            self._send(202, b'{"status":"OK"}')

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the function logs."""

    return Handler


def _body(request: BaseHTTPRequestHandler) -> bytes:
    if request.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return request.rfile.read(int(request.headers.get("Content-Length") or 0))
    body = b""
    while size := int(request.rfile.readline().strip() or b"0", 16):
        body += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return body
