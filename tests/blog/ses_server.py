"""Amazon SES's `SendEmail` as a server that can fail in every way that matters to a sender."""

from __future__ import annotations

import base64
import json
import socket
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# status and error code of an answer; "silence" takes the mail and never answers; "hang up" ends the
# connection without an answer.
ERRORS = {
    "throttled": (429, "TooManyRequestsException"),
    "paused": (400, "SendingPausedException"),
    "rejected": (400, "MessageRejected"),
    "broken": (500, "InternalServiceErrorException"),
}
TAKES_THE_MAIL = {"fine", "silence", "hang up"}


class SesServer:
    """Keeps what it was given; `behaviours` are used up one by one, then everything is fine."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.requests = 0
        self.behaviours: list[str] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """End it."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests += 1
                behaviour = server.behaviours.pop(0) if server.behaviours else "fine"
                if behaviour in TAKES_THE_MAIL:
                    raw = base64.b64decode(body["Content"]["Raw"]["Data"])
                    server.mails.append(message_from_bytes(raw, policy=policy.default))
                if behaviour == "silence":
                    server.released.wait(30)
                if behaviour in ("silence", "hang up"):
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, code = ERRORS.get(behaviour, (200, ""))
                self._answer(
                    status,
                    code,
                    {"MessageId": f"ses-{len(server.mails)}"} if not code else {"message": behaviour},
                )

            def _answer(self, status: int, code: str, document: dict[str, str]) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                if code:
                    self.send_header("x-amzn-ErrorType", code)
                self.send_header("x-amzn-RequestId", str(server.requests))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None:
                """Silent."""

        return Handler
