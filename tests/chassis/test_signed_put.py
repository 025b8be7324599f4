"""A put without the client: what it asks for, of whom, and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chassis import storage
from chassis.publishing import puts

BODY = b"a page"
SHA256 = hashlib.sha256(BODY).hexdigest()


class Store(ThreadingHTTPServer):
    """Answers each put with the next of its statuses, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.statuses: list[int] = []
        self.asked: list[tuple[str, dict[str, str]]] = []


class _Answers(BaseHTTPRequestHandler):
    server: Store

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, {name.lower(): said for name, said in self.headers.items()}))
        status = self.server.statuses.pop(0)
        body = b"" if status == 200 else b"<Error><Code>SlowDown</Code></Error>"
        self.send_response(status)
        self.send_header("ETag", '"e"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with Store() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        settings.S3_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
        settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = "id", "secret"
        monkeypatch.setattr("time.sleep", lambda _: None)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def put() -> Callable[[], str]:
    return lambda: puts.put("blog/a b/index.html", BODY, sha256=SHA256, headers={"If-None-Match": "*"})


def test_a_put_is_guarded_signed_and_checked(store, put):
    store.statuses = [200]

    etag = put()

    ((path, headers),) = store.asked
    assert etag == '"e"'
    assert path == "/quartet-public/blog/a%20b/index.html"
    assert headers["if-none-match"] == "*"
    assert headers["x-amz-content-sha256"] == SHA256
    assert "if-none-match;x-amz-checksum-sha256" in headers["authorization"]


def test_a_store_that_is_busy_is_asked_again(store, put):
    store.statuses = [503, 500, 200]

    assert put() == '"e"'
    assert len(store.asked) == 3


@pytest.mark.parametrize(("status", "asked"), [(503, 3), (412, 1), (403, 1)])
def test_a_refusal_is_said_as_the_client_says_it(store, put, status, asked):
    store.statuses = [status] * 3

    with pytest.raises(ClientError) as caught:
        put()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert caught.value.response["Error"]["Code"] == "SlowDown"
    assert len(store.asked) == asked


@pytest.mark.parametrize(
    ("bucket", "address"),
    [
        ("quartet-public", "https://quartet-public.s3.eu-central-1.amazonaws.com"),
        # A certificate speaks for one name before the domain, not for two.
        ("files.example.com", "https://s3.eu-central-1.amazonaws.com/files.example.com"),
    ],
)
def test_in_the_cloud_the_bucket_is_the_host_and_the_role_signs(settings, monkeypatch, bucket, address):
    settings.S3_PUBLIC_BUCKET = bucket
    settings.S3_ENDPOINT_URL = settings.S3_ACCESS_KEY_ID = settings.S3_SECRET_ACCESS_KEY = ""
    settings.AWS_REGION = "eu-central-1"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, f"of the role, {name}")
    storage._session.cache_clear()
    storage.aws_client.cache_clear()

    request = puts._signed("blog/index.html", BODY, {})

    storage._session.cache_clear()
    storage.aws_client.cache_clear()
    assert request.url == f"{address}/blog/index.html"
    assert request.headers["X-Amz-Security-Token"] == "of the role, AWS_SESSION_TOKEN"
