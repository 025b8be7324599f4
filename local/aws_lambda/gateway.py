"""An HTTP API of API Gateway (payload format 2.0) in front of one function.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.aws_lambda.function import Function, Throttled
from local.aws_lambda.runtime_api import QuietServer

# What HTTP APIs accept; Lambda itself stops at 6 MB, which base64 reaches at 4.5 MB.
BODY_BYTES_MOST = 10 * 1024 * 1024
_TEXT = ("text/", "application/json", "application/javascript", "application/xml", "application/vnd.api+json")
# Made anew by the gateway, or belonging to one connection (RFC 9110 §7.6.1).
_DROPPED = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}


def event_of(
    *, method: str, target: str, headers: Message, body: bytes, source_ip: str, scheme: str, stage: str
) -> dict[str, Any]:
    """The event that the function gets. The stage is a part of the path, as at the API's own address."""
    path, _, query = target.partition("?")
    # HTTP APIs hand over the path decoded; Zappa decodes it once more.
    raw_path = f"/{stage}{unquote(path)}" if stage else unquote(path)
    joined = _joined_headers(headers, source_ip=source_ip, scheme=scheme)
    request = {
        "method": method,
        "path": raw_path,
        "protocol": "HTTP/1.1",
        "sourceIp": source_ip,
        "userAgent": joined.get("user-agent", ""),
    }
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": joined,
        "requestContext": _context(request, domain=joined.get("host", ""), stage=stage),
        "isBase64Encoded": False,
    }
    if cookies := headers.get_all("cookie"):
        event["cookies"] = [part.strip() for line in cookies for part in line.split(";") if part.strip()]
    if query:
        event["queryStringParameters"] = _joined_query(query)
    if body:
        is_text = joined.get("content-type", "").lower().startswith(_TEXT)
        event["isBase64Encoded"] = not is_text
        event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
    return event


def _joined_headers(headers: Message, *, source_ip: str, scheme: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name in {name.lower() for name in headers} - {"cookie", "connection", "transfer-encoding"}:
        joined[name] = ",".join(headers.get_all(name, []))
    forwarded = joined.get("x-forwarded-for", "")
    joined["x-forwarded-for"] = f"{forwarded}, {source_ip}" if forwarded else source_ip
    joined["x-forwarded-proto"] = scheme
    joined["x-forwarded-port"] = "443" if scheme == "https" else "80"
    return joined


def _context(request: dict[str, str], *, domain: str, stage: str) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": "123456789012",
        "apiId": "rehearsal",
        "domainName": domain,
        "domainPrefix": "rehearsal",
        "http": request,
        "requestId": str(uuid.uuid4()),
        "routeKey": "$default",
        "stage": stage or "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": round(now * 1000),
    }


def _joined_query(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


class Gateway:
    """Listens on a port of loopback until it is closed."""

    def __init__(self, function: Function, *, port: int = 0, stage: str = "", scheme: str = "http") -> None:
        self.function, self.stage, self.scheme = function, stage, scheme
        self._server = QuietServer(("127.0.0.1", port), _handler_of(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening. The function stays."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, event: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body of the function's answer, or of API Gateway's own."""
        try:
            outcome = self.function.invoke(json.dumps(event).encode())
        except Throttled:
            return _own(503, "Service Unavailable")
        if outcome.error:
            too_large = b"RequestEntityTooLarge" in outcome.body
            return _own(413, "Request Entity Too Large") if too_large else _own(500, "Internal Server Error")
        document = outcome.json()
        if not isinstance(document, dict) or "statusCode" not in document:
            return 200, [("content-type", "application/json")], outcome.body
        return int(document["statusCode"]), _headers(document), _body(document)


def _own(status: int, message: str) -> tuple[int, list[tuple[str, str]], bytes]:
    return status, [("content-type", "application/json")], json.dumps({"message": message}).encode()


def _headers(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    headers = [(name, str(value)) for name, value in (document.get("headers") or {}).items()]
    cookies = [("set-cookie", cookie) for cookie in document.get("cookies") or []]
    return [(name, value) for name, value in headers if name.lower() not in _DROPPED] + cookies


def _body(document: Mapping[str, Any]) -> bytes:
    body = document.get("body") or ""
    return base64.b64decode(body) if document.get("isBase64Encoded") else str(body).encode()


def _handler_of(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: the second would wait 40 ms for the first's acknowledgement.
        disable_nagle_algorithm = True

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_BYTES_MOST:
                self.close_connection = True
                self._send(*_own(413, "Request Entity Too Large"))
                return
            event = event_of(
                method=self.command,
                target=self.path,
                headers=self.headers,
                body=self.rfile.read(length),
                source_ip=self.client_address[0],
                scheme=gateway.scheme,
                stage=gateway.stage,
            )
            self._send(*gateway.answer(event))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _any

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            if status != 304 and status != 204:
                self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD" and status not in (204, 304):
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the function logs."""

    return Handler
