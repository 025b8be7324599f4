"""Those who mean harm: other buckets, poisoned copies, smuggled requests, floods of ranges."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket

import httpx
import pytest

from chassis.publishing.rules import CacheRule
from local.loopback import HOST

TEXT = b"The garden gate wants oil. " * 100


def raw(port: int, request: bytes) -> bytes:
    """What a server answers to these very bytes, until it closes or falls silent."""
    with socket.create_connection((HOST, port), timeout=3) as connection:
        received = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            connection.sendall(request)
            while chunk := connection.recv(65536):
                received += chunk
        return received


def get(port: int, path: str, headers: str = "", body: bytes = b"") -> bytes:
    """What a server answers to a GET of this very path with these very headers, before it closes."""
    head = f"GET {path} HTTP/1.1\r\n{headers or 'Host: x'}\r\nConnection: close\r\n\r\n"
    return raw(port, head.encode() + body)


def status_of(answer: bytes) -> int:
    """The status of the first answer."""
    return int(answer[9:12])


@pytest.fixture
def secret(put):
    """A file of alice's own, and a public one."""
    from chassis.storage import s3_client

    s3_client().put_object(Bucket="quartet-users", Key="users/alice/a", Body=b"private")
    s3_client().put_object(Bucket="quartet-users", Key="users/alice/index.html", Body=b"private")
    put("blog/public.html", TEXT)


@pytest.mark.parametrize(
    "path",
    [
        "/../quartet-users/users/alice/a",
        "/blog/../../quartet-users/users/alice/a",
        "/%2e%2e/quartet-users/users/alice/a",
        "/%2e%2e%2fquartet-users/users/alice/a",
        "/..%2fquartet-users%2fusers%2falice%2fa",
        "/..%5cquartet-users/users/alice/a",
        "/%252e%252e/quartet-users/users/alice/a",
        "/%252e%252e%252fquartet-users/users/alice/a",
        "/..;/quartet-users/users/alice/a",
        "/./.././quartet-users/users/alice/",
        "//quartet-users/users/alice/a",
        "/quartet-users/users/alice/a",
        "/%00/../../quartet-users/users/alice/a",
        "/x%00",
        "/blog/public.html%00.css",
        "/%0d%0aX-Injected:%201",
        "/blog/public.html%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0aGET%20/quartet-users/users/alice/a",
        "/%ff%fe",
        "/\\..\\quartet-users",
        "/?../../quartet-users/users/alice/a",
        "/" + "a" * 300,
        "/" + "a/" * 900,
        "/%2f%2f%2f",
        "/*",
        "/~",
    ],
)
def test_no_path_leads_out_of_the_public_bucket(secret, edge, path):
    answer = get(edge.files_port, path)

    assert status_of(answer) in (301, 302, 400, 404)
    assert b"private" not in answer
    assert b"X-Injected" not in answer.partition(b"\r\n\r\n")[0]
    assert b"<Code>" not in answer


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/x", "/%2fevil", "/%5cevil", "/\\evil", "///evil"]
)
def test_a_redirect_stays_on_the_site(edge, path):
    answer = get(edge.files_port, path)

    assert re.search(rb"\r\nlocation: (?!/[a-z])", answer, re.IGNORECASE) is None


@pytest.mark.parametrize(
    "header",
    [
        "Host: evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https",
        "X-Original-URL: /quartet-users/users/alice/a", "X-Rewrite-URL: /quartet-users/users/alice/a",
        "X-HTTP-Method-Override: DELETE", "X-Amz-Copy-Source: /quartet-users/users/alice/a",
        "Accept: text/evil", "Accept-Language: evil", "Range: bytes=0-0", "If-None-Match: *",
        "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", "Accept-Encoding: gzip\r\nContent-Encoding: evil",
        "X-Accel-Expires: 0", "Pragma: no-cache", "Cache-Control: no-cache", "Max-Forwards: 0",
    ],
)  # fmt: skip
def test_what_the_first_reader_sends_does_not_change_what_the_next_one_gets(edge, put, reader, header):
    key = f"blog/poison-{hashlib.md5(header.encode()).hexdigest()}.html"
    put(key, TEXT)
    first = header if header.startswith("Host") else f"Host: x\r\n{header}"

    get(edge.files_port, f"/{key}", first)
    answer = reader.get(f"/{key}")

    assert answer.status_code == 200
    assert answer.content == TEXT
    assert b"evil" not in str(answer.headers).encode()


def test_a_host_of_ones_own_is_a_copy_of_ones_own(edge, visitor, web_process):
    web_process.answer("/api/x", b"for evil.example", cache=CacheRule.SHARED_ANSWER.origin)
    evil = visitor.get("/api/x", headers={"Host": "evil.example"})
    web_process.answer("/api/x", b"for all", cache=CacheRule.SHARED_ANSWER.origin)

    assert evil.content == b"for evil.example"
    assert visitor.get("/api/x").content == b"for all"


@pytest.mark.parametrize("ending", ["x.css", "..%2fx.css", ";x.css", "%00.css", "x.js?a.css", "#.css"])
def test_a_name_that_looks_like_a_file_does_not_make_an_answer_public(visitor, web_process, ending):
    path = f"/api/accounts/v1/me/{ending}".partition("?")[0].partition("#")[0]
    web_process.answer(path, b"alice", cache=CacheRule.PRIVATE_ANSWER.origin)
    visitor.get(f"/api/accounts/v1/me/{ending}", headers={"Authorization": "Bearer alice"})
    web_process.answer(path, b"nobody", status=401, cache=CacheRule.PRIVATE_ANSWER.origin)

    answer = visitor.get(f"/api/accounts/v1/me/{ending}")

    assert b"alice" not in answer.content


SMUGGLED = b"GET /admin/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = str(len(SMUGGLED)).encode()
POST = b"POST /api/x HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "beginning",
    [
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 0\r\nContent-Length: " + LENGTH + b"\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: +4\r\n\r\nabcd",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        POST + b"Host: evil.example\r\n\r\n",
        POST + b"Bad Header: 1\r\n\r\n",
        b"POST /api/x HTTP/1.1\r\n\r\n",
    ],
)  # fmt: skip
def test_a_request_of_two_readings_is_refused_whole(edge, visitor, web_process, beginning):
    web_process.answer("/api/x")

    answer = raw(edge.web[0].port, beginning + SMUGGLED)

    assert status_of(answer) in (400, 501)
    assert web_process.asked_for("/admin/smuggled") == []


def test_a_body_of_a_reader_is_not_the_next_request(put, edge, reader):
    put("blog/body.html", TEXT)
    body = b"GET /blog/other.html HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = get(edge.files_port, "/blog/body.html", f"Host: x\r\nContent-Length: {len(body)}", body)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert status_of(answer) == 200


@pytest.mark.parametrize("count", [500, 2000])
def test_a_flood_of_ranges_sends_no_more_than_the_file(put, edge, count):
    body = b"x" * 200_000
    put("artifacts/app/flood.bin", body, rule=CacheRule.IMMUTABLE, ContentType="application/octet-stream")
    ranges = ",".join(["0-"] * count)

    answer = get(edge.files_port, "/artifacts/app/flood.bin", f"Host: x\r\nRange: bytes={ranges}")

    assert status_of(answer) in (200, 206, 416)
    assert len(answer) < 2 * len(body)


@pytest.mark.parametrize("listener", ["files", "app"])
@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 20_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 5_000 + b"\r\n", 400),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 400),
        (b"GET http://evil.example:99999/ HTTP/9.9\r\n\r\n", 505),
        (b"nonsense\r\n\r\n", 400),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 405),
        (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ],
)
def test_nonsense_is_answered_cleanly(edge, listener, head, status):
    port = edge.files_port if listener == "files" else edge.web[0].port

    answer = raw(port, head)

    assert status_of(answer) == status
    assert b"no-store" in answer
    assert b"nginx/" not in answer
    assert httpx.get(edge.probe_url).status_code == 200
