"""CloudFront's API for invalidations in front of the edge's copies, so that boto3 works as in the cloud.

    boto3.client("cloudfront", endpoint_url=…).create_invalidation(DistributionId="files", …)

Distributions are `files` and, for each web process, `app-<name>`.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from local.edge.cloudfront_xml import (
    Batch,
    Invalidation,
    Refusal,
    invalidation_document,
    list_document,
    read_batch,
    refusal_document,
)
from local.loopback import HOST

MOST_BODY_BYTES = 16 * 1024 * 1024
_LISTED = 100
_KEPT = 10_000
_IDLE_SECONDS = 60
_ADDRESS = re.compile(r"/2020-05-31/distribution/([A-Za-z0-9-]+)/invalidation(?:/([A-Za-z0-9]+))?")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Copies(Protocol):
    """Where the copies of one distribution are."""

    def remove(self, path: str) -> int:
        """Take away what is kept for a path; how many copies there were."""


class Invalidations:
    """Does invalidations and remembers them, so that a reference that comes again is the same one."""

    def __init__(self, path: Path, copies: Mapping[str, Copies]) -> None:
        self._path = path
        self._copies = copies
        self._one_at_a_time = threading.Lock()
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS invalidation (number INTEGER PRIMARY KEY, id TEXT UNIQUE, "
                "distribution TEXT, reference TEXT, created TEXT, paths TEXT, "
                "UNIQUE (distribution, reference))"
            )

    def create(self, distribution: str, batch: Batch) -> Invalidation:
        """Take the copies away; a reference that was used before takes nothing away again.

        Raises:
            Refusal: there is no such distribution, or the reference was used for other paths.
        """
        copies = self._copies_of(distribution)
        with self._one_at_a_time, closing(self._connect()) as connection:
            known = self._found(connection, distribution, "reference", batch.reference)
            if known:
                if known[0].batch != batch:
                    raise Refusal("InvalidArgument", "CallerReference was used before, for other paths.")
                return known[0]
            removed = sum(copies.remove(path) for path in batch.paths)
            # Remembered afterwards: killed in between, it is done again when the caller tries again.
            made = Invalidation(
                id="I" + "".join(secrets.choice(_ALPHABET) for _ in range(13)),
                created=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                batch=batch,
            )
            with connection:
                connection.execute(
                    "INSERT INTO invalidation (id, distribution, reference, created, paths) "
                    "VALUES (?, ?, ?, ?, ?)",
                    (made.id, distribution, batch.reference, made.created, json.dumps(batch.paths)),
                )
                connection.execute(
                    "DELETE FROM invalidation WHERE number <= (SELECT max(number) FROM invalidation) - ?",
                    (_KEPT,),
                )
        print(
            f"{distribution}: {len(batch.paths)} paths, {removed} copies taken away ({made.id})", flush=True
        )
        return made

    def get(self, distribution: str, invalidation_id: str) -> Invalidation:
        """One that was done.

        Raises:
            Refusal: there is none.
        """
        self._copies_of(distribution)
        with closing(self._connect()) as connection:
            found = self._found(connection, distribution, "id", invalidation_id)
        if not found:
            raise Refusal("NoSuchInvalidation", "The specified invalidation does not exist.", 404)
        return found[0]

    def list_newest(self, distribution: str) -> list[Invalidation]:
        """The last hundred, newest first."""
        self._copies_of(distribution)
        with closing(self._connect()) as connection:
            return self._found(connection, distribution)

    def _copies_of(self, distribution: str) -> Copies:
        if distribution not in self._copies:
            raise Refusal("NoSuchDistribution", "The specified distribution does not exist.", 404)
        return self._copies[distribution]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=20)

    @staticmethod
    def _found(
        connection: sqlite3.Connection, distribution: str, column: str = "distribution", value: str = ""
    ) -> list[Invalidation]:
        rows = connection.execute(
            "SELECT id, created, reference, paths FROM invalidation "  # noqa: S608 - columns of this file
            f"WHERE distribution = ? AND {column} = ? ORDER BY number DESC LIMIT {_LISTED}",
            (distribution, value or distribution),
        )
        return [
            Invalidation(found_id, created, Batch(reference, tuple(json.loads(paths))))
            for found_id, created, reference, paths in rows
        ]


def make_server(port: int, invalidations: Invalidations) -> ThreadingHTTPServer:
    """The HTTP server, not yet serving."""

    class Handler(_Handler):
        done = invalidations

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "QuartetDesk"
    sys_version = ""
    timeout = _IDLE_SECONDS
    done: Invalidations

    def do_GET(self) -> None:
        """`GetInvalidation`, `ListInvalidations`; anything else only says that this is here."""
        if self.path == "/":
            self._send(200, b"Invalidations of the edge.\n", {"Content-Type": "text/plain"})
            return
        self._answer(self._read)

    def do_POST(self) -> None:
        """`CreateInvalidation`."""
        self._answer(self._create)

    def _create(self) -> tuple[int, bytes, dict[str, str]]:
        distribution, invalidation_id = self._place()
        if invalidation_id:
            raise Refusal("InvalidAction", "An invalidation is made without an id.")
        made = self.done.create(distribution, read_batch(self._body()))
        return 201, invalidation_document(made), {"Location": f"{self.path.partition('?')[0]}/{made.id}"}

    def _read(self) -> tuple[int, bytes, dict[str, str]]:
        distribution, invalidation_id = self._place()
        if invalidation_id:
            return 200, invalidation_document(self.done.get(distribution, invalidation_id)), {}
        return 200, list_document(self.done.list_newest(distribution)), {}

    def _place(self) -> tuple[str, str]:
        # Signed requests only, as CloudFront; the signature itself is not checked on a desk.
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            raise Refusal("AccessDenied", "The request is not signed.", 403)
        match = _ADDRESS.fullmatch(self.path.partition("?")[0])
        if match is None:
            raise Refusal("InvalidAction", "Only invalidations are spoken of here.", 404)
        return match.group(1), match.group(2) or ""

    def _body(self) -> bytes:
        declared = self.headers.get("Content-Length", "")
        if not (declared.isascii() and declared.isdigit()):
            raise Refusal("MissingBody", "This operation requires a body.")
        if len(declared) > 9 or int(declared) > MOST_BODY_BYTES:
            raise Refusal("BatchTooLarge", "The body is too large.", 413)
        body = self.rfile.read(int(declared))
        if not body:
            raise Refusal("MissingBody", "This operation requires a body.")
        return body

    def _answer(self, act: Callable[[], tuple[int, bytes, dict[str, str]]]) -> None:
        request_id = secrets.token_hex(16)
        try:
            status, body, headers = act()
        except Refusal as refusal:
            status, body, headers = refusal.status, refusal_document(refusal, request_id), {}
            # What was not read of the body must not be taken for the next request.
            self.close_connection = True
        self._send(status, body, {"Content-Type": "text/xml", "x-amzn-RequestId": request_id, **headers})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            # RFC 9112, section 9.6: without it a client sends its next request into the closing connection.
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was taken away is said where it is done."""
