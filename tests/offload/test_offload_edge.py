"""Done when: each kind of unchanged application is served from the edge, counted at the origin."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress

import httpx
import pytest

from bench.legacy_app import Counted
from local.edge.nginx import find_nginx
from local.edge.offload import BadOrigin, OffloadEdge, Refused
from local.loopback import HOST, free_ports
from tests.edge.stand_in import StandIn
from tests.edge.test_herds import READERS, all_at_once
from tests.offload.conftest import ARTIFACT, BODY, KINDS

SIZE = len(BODY)


@pytest.fixture(scope="session", params=list(KINDS))
def running_origin(request, tmp_path_factory):
    """Each kind of application in turn, started once."""
    if find_nginx() is None:
        pytest.skip("there is no nginx here")
    kind, options = KINDS[request.param]
    with kind(tmp_path_factory.mktemp("origin"), **options) as origin:
        origin.put(ARTIFACT, BODY)
        yield origin


@pytest.fixture
def any_origin(running_origin):
    """It, counting from nought."""
    running_origin.forget()
    return running_origin


def range_of(number: int) -> str:
    """A range of a client's own."""
    first = number * 8192 % SIZE
    return f"Range: bytes={first}-{first + 8191}\r\n"


@pytest.mark.slow
def test_a_herd_for_a_cold_file_costs_one_fetch(any_origin, make_edge):
    edge = make_edge(any_origin.url)

    answers = all_at_once(edge.port, ARTIFACT)

    assert [(status, len(body)) for status, body in answers] == [(200, SIZE)] * READERS
    assert all(body == BODY for _, body in answers)
    assert any_origin.counted() == Counted(1, SIZE)


@pytest.mark.slow
def test_a_herd_of_ranges_for_a_cold_file_costs_one_fetch(any_origin, make_edge):
    edge = make_edge(any_origin.url)

    answers = all_at_once(edge.port, ARTIFACT, range_of)

    assert {status for status, _ in answers} == {206}
    assert [body for _, body in answers] == [
        BODY[first : first + 8192] for first in (number * 8192 % SIZE for number in range(READERS))
    ]
    assert any_origin.counted() == Counted(1, SIZE)


def test_a_mix_of_requests_asks_the_origin_once(any_origin, make_edge):
    edge = make_edge(any_origin.url)

    with httpx.Client(base_url=edge.url, headers={"Cookie": "session=x", "Cache-Control": "no-cache"}) as ask:
        whole = ask.get(ARTIFACT)
        for number in range(50):
            first = number * 10_000
            part = ask.get(f"{ARTIFACT}?noCache={number}", headers={"Range": f"bytes={first}-{first + 9999}"})
            assert (part.status_code, part.content) == (206, BODY[first : first + 10_000])
        tail = ask.get(ARTIFACT, headers={"Range": "bytes=-5"})
        beyond = ask.get(ARTIFACT, headers={"Range": f"bytes={SIZE}-"})
        several = ask.get(ARTIFACT, headers={"Range": "bytes=0-9,100-109"})
        again = ask.get(ARTIFACT, headers={"If-Modified-Since": whole.headers.get("Last-Modified", "")})

    assert (whole.content, tail.content, beyond.status_code) == (BODY, BODY[-5:], 416)
    assert several.status_code == 206
    assert several.headers["Content-Type"].startswith("multipart/byteranges")
    assert again.status_code == (304 if "Last-Modified" in whole.headers else 200)
    assert "Set-Cookie" not in whole.headers
    assert whole.headers["Cache-Control"] == "public, max-age=86400"
    assert any_origin.counted().requests == 1


def test_asking_for_the_head_costs_no_body(any_origin, make_edge):
    edge = make_edge(any_origin.url)

    answers = [httpx.head(edge.url + ARTIFACT) for _ in range(3)]

    assert {answer.headers["Content-Length"] for answer in answers} == {str(SIZE)}
    assert any_origin.counted() == Counted(1, 0)


@pytest.fixture
def origin():
    """An origin that says what a test wants."""
    with StandIn(free_ports(1)[0]) as stand_in:
        yield stand_in


def test_what_is_no_artifact_passes_unchanged(origin, make_edge):
    origin.answer("/account", b"hello", cache="private", Set_Cookie="a=b", Vary="*")
    edge = make_edge(origin.url)

    answers = [httpx.get(f"{edge.url}/account?x=1", headers={"Cookie": "a=b"}) for _ in range(2)]
    posted = httpx.post(f"{edge.url}/account", content=b"body")

    assert {answer.headers["Set-Cookie"] for answer in answers} == {"a=b"}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private"}
    assert [request.path for request in origin.requests] == ["/account?x=1", "/account?x=1", "/account"]
    assert origin.requests[0].headers["Cookie"] == "a=b"
    assert (posted.status_code, origin.requests[2].body) == (200, b"body")


def test_whoever_brings_a_key_is_answered_by_the_origin(origin, make_edge):
    origin.answer(ARTIFACT, b"for alice")
    edge = make_edge(origin.url)

    httpx.get(edge.url + ARTIFACT, headers={"Authorization": "Bearer alice", "Range": "bytes=0-3"})
    httpx.get(f"{edge.url}{ARTIFACT}?X-Amz-Signature=abc&v=1")
    answer = httpx.get(edge.url + ARTIFACT)

    first, second, third = origin.requests
    assert (first.headers["Authorization"], first.headers["Range"]) == ("Bearer alice", "bytes=0-3")
    assert second.path == f"{ARTIFACT}?X-Amz-Signature=abc&v=1"
    assert "Authorization" not in third.headers
    assert answer.headers["X-Cache"] == "MISS"


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403])
def test_a_refusal_without_cookies_is_asked_again_as_the_client_asked(origin, make_edge, status):
    origin.answer(ARTIFACT, b"log in", status=status, Location="/login")
    edge = make_edge(origin.url)

    answer = httpx.get(f"{edge.url}{ARTIFACT}?v=1", headers={"Cookie": "session=alice", "Range": "bytes=0-9"})

    asked = origin.requests[-1]
    assert answer.status_code == status
    assert answer.headers["X-Offload"].startswith("passed")
    assert (asked.path, asked.headers["Cookie"], asked.headers["Range"]) == (
        f"{ARTIFACT}?v=1",
        "session=alice",
        "bytes=0-9",
    )


def test_a_redirect_to_itself_is_given_on_and_not_followed(origin, make_edge):
    origin.answer(ARTIFACT, b"", status=302, Location=f"{origin.url}{ARTIFACT}")
    edge = make_edge(origin.url)

    answer = httpx.get(edge.url + ARTIFACT)

    assert (answer.status_code, answer.headers["Location"]) == (302, ARTIFACT)
    assert len(origin.requests) <= 2


def test_a_page_under_an_artifacts_name_is_never_kept(origin, make_edge):
    origin.answer(ARTIFACT, b"<form>", Content_Type="text/html")
    edge = make_edge(origin.url)

    for _ in range(2):
        httpx.get(edge.url + ARTIFACT)

    assert len(origin.requests) == 2


def test_a_tag_that_changes_with_each_request_costs_one_fetch(origin, make_edge):
    edge = make_edge(origin.url)
    number = iter(range(1000))
    origin.before_answer = lambda: origin.answer(ARTIFACT, BODY, ETag=f'"{next(number)}"', Vary="*")

    tags = {httpx.get(edge.url + ARTIFACT).headers["ETag"] for _ in range(5)}

    assert len(tags) == 1
    assert len(origin.requests) == 1


def test_a_dead_origin_leaves_the_copies_and_is_told_elsewhere(origin, make_edge):
    origin.answer(ARTIFACT, BODY)
    edge = make_edge(origin.url, seconds=1)
    httpx.get(edge.url + ARTIFACT)
    time.sleep(1.1)

    origin.stop()
    kept = httpx.get(edge.url + ARTIFACT, headers={"Range": "bytes=0-9"})
    missing = httpx.get(f"{edge.url}/downloads/app-2.0.0.zip")
    origin.start()

    assert (kept.status_code, kept.content) == (206, BODY[:10])
    assert missing.status_code == 502


def serve_raw(answer: bytes):
    """A server that answers whatever it is asked with these bytes and closes; with its count."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    return asked, serve


@pytest.fixture
def raw_origin():
    """`raw_origin(b"HTTP/1.1 200 OK…")`: its address, and what it was asked."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def start(answer: bytes):
        asked, serve = serve_raw(answer)
        (port,) = free_ports(1)
        asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, HOST, port), loop).result(5)
        return f"http://{HOST}:{port}", asked

    yield start
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def test_an_answer_in_chunks_without_length_is_fetched_once_and_given_whole(raw_origin, make_edge):
    chunks = b"".join(b"%x\r\n%s\r\n" % (1000, BODY[at : at + 1000]) for at in range(0, 100_000, 1000))
    url, asked = raw_origin(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    edge = make_edge(url)

    first = httpx.get(edge.url + ARTIFACT)
    part = httpx.get(edge.url + ARTIFACT, headers={"Range": "bytes=500-1499"})

    # As CloudFront does, and the origin itself.
    assert (first.status_code, first.content) == (200, BODY[:100_000])
    assert (part.status_code, part.content) == (200, BODY[:100_000])
    assert len(asked) == 1


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"],
    ids=["no length at all", "cut off"],
)
def test_a_body_that_may_be_cut_off_is_never_kept(raw_origin, make_edge, head):
    url, asked = raw_origin(head + b"half of it")
    edge = make_edge(url)

    for _ in range(2):
        with suppress(httpx.RemoteProtocolError):
            httpx.get(edge.url + ARTIFACT)

    assert len(asked) == 2


def test_a_refused_path_passes_with_the_reason(origin, make_edge):
    origin.answer(ARTIFACT, BODY)
    edge = make_edge(origin.url, refused=[Refused(ARTIFACT, 'asks for a log-in: "401" $uri')])

    answers = [httpx.get(edge.url + ARTIFACT) for _ in range(2)]

    assert answers[0].headers["X-Offload"] == "refused: asks for a log-in:  401   uri"
    assert len(origin.requests) == 2


@pytest.mark.parametrize(
    ("refused", "asked"),
    [
        ("/downloads/My%20App.exe", "/downloads/My%20App.exe"),
        ("/downloads/My%20App.exe", "/downloads//My%20%41pp.exe"),
        ("/downloads/./x/..//%C3%BC%22%5C$uri.exe", "/downloads/%c3%bc%22%5c%24uri.exe"),
        ("/downloads/%FF.exe", "/downloads/%ff.exe"),
    ],
)
def test_a_path_is_refused_however_its_address_is_written(origin, make_edge, refused, asked):
    edge = make_edge(origin.url, refused=[Refused(refused, "a log-in"), Refused(refused, "a log-in")])

    answer = httpx.get(edge.url + asked)

    assert answer.headers["X-Offload"] == "refused: a log-in"


# What an application may choose its bytes by, and no client may choose for the next.
CHOOSING = {
    "PRIVATE-TOKEN": "alice",
    "X-Api-Key": "alice",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Forwarded-Host": "evil.example",
    "X-HTTP-Method-Override": "DELETE",
    "Cookie": "session=alice",
    "Accept": "text/plain",
    "If-None-Match": '"hers"',
    "Range": "bytes=0-3",
}


def test_nothing_that_a_client_brings_reaches_the_copy(origin, make_edge):
    bodies = {True: b"for alice", False: b"for all"}

    def choose():
        asked = origin.requests[-1]
        is_hers = bool(asked.body) or any(asked.headers.get(name) == CHOOSING[name] for name in CHOOSING)
        origin.answer(ARTIFACT, bodies[is_hers], ETag='"one"')

    origin.before_answer = choose
    edge = make_edge(origin.url)

    first = httpx.request("GET", edge.url + ARTIFACT, headers=CHOOSING, content=b"body")
    second = httpx.get(edge.url + ARTIFACT)

    assert (first.content, second.content) == (b"for ", b"for all")
    assert (second.headers["X-Cache"], len(origin.requests)) == ("HIT", 1)
    assert set(origin.requests[0].headers) <= {"Host", "User-Agent", "Connection"}


@pytest.mark.parametrize(
    "address",
    ["", "example.com", "ftp://x", "http://", "http://a/b", "http://u:p@a", "http://a:99999", "http://a;b"],
)
def test_what_is_no_origin_is_told(tmp_path, address):
    with pytest.raises(BadOrigin):
        OffloadEdge(tmp_path, origin=address)
