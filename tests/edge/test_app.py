"""The app listener: what stands between people and a web process."""

from __future__ import annotations

import httpx
import pytest

from chassis.publishing.rules import CacheRule
from local.edge.access_log import entries
from tests.edge.conftest import WEB
from tests.edge.stand_in import StandIn
from tests.local.programs import until

SHARED = CacheRule.SHARED_ANSWER.origin
PRIVATE = CacheRule.PRIVATE_ANSWER.origin
SEARCH = "/api/blog/v1/search"


def test_an_answer_that_is_the_same_for_all_is_asked_for_once(visitor, web_process):
    web_process.answer(SEARCH, b"[]", cache=SHARED, ETag='"1"')

    answers = [visitor.get(SEARCH, params={"q": "gate"}) for _ in range(3)]

    assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
    assert {answer.headers["Cache-Control"] for answer in answers} == {CacheRule.SHARED_ANSWER.viewer}
    assert len(web_process.asked_for(SEARCH)) == 1
    assert visitor.get(SEARCH, params={"q": "gate"}, headers={"If-None-Match": '"1"'}).status_code == 304


def test_another_question_is_another_answer(visitor, web_process):
    web_process.answer(SEARCH, cache=SHARED)

    answers = [visitor.get(SEARCH, params={"q": word}) for word in ("shed", "pond")]

    assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "MISS"]


@pytest.mark.parametrize(
    "cache",
    ["", PRIVATE, "max-age=60", "public, max-age=60", "no-cache", "private, s-maxage=60", "s-maxage=0"],
)
def test_what_does_not_say_that_it_is_for_all_is_asked_for_each_time(visitor, web_process, cache):
    web_process.answer("/api/x", cache=cache)

    answers = [visitor.get("/api/x") for _ in range(2)]

    assert len(web_process.asked_for("/api/x")) == 2
    assert {answer.headers.get("Cache-Control", "") for answer in answers} == {cache}


@pytest.mark.parametrize("personal", [{"Authorization": "Bearer alice"}, {"Cookie": "quartet_session=alice"}])
def test_who_shows_who_they_are_is_never_answered_from_a_copy(visitor, web_process, personal):
    web_process.answer(SEARCH, b"for alice", cache=SHARED)
    visitor.get(f"{SEARCH}?q={'-'.join(personal)}", headers=personal)
    web_process.answer(SEARCH, b"for all", cache=SHARED)

    for_all = visitor.get(f"{SEARCH}?q={'-'.join(personal)}")
    again = visitor.get(f"{SEARCH}?q={'-'.join(personal)}", headers=personal)

    assert for_all.content == b"for all"
    assert "X-Cache" not in again.headers
    assert len(web_process.asked_for(SEARCH)) == 3


def test_an_answer_with_a_cookie_is_not_kept(visitor, web_process):
    web_process.answer("/api/cookie", cache=SHARED, Set_Cookie="session=alice")

    answers = [visitor.get("/api/cookie") for _ in range(2)]
    visitor.cookies.clear()

    assert len(web_process.asked_for("/api/cookie")) == 2
    assert answers[0].headers["Set-Cookie"] == "session=alice"


def test_a_request_with_a_condition_of_its_own_reaches_the_process(visitor, web_process):
    web_process.answer("/api/todos/v1/todos", b"", status=304, cache=PRIVATE)

    answer = visitor.get(
        "/api/todos/v1/todos", headers={"Authorization": "Bearer a", "If-None-Match": '"v1"'}
    )

    assert answer.status_code == 304
    assert web_process.asked_for("/api/todos/v1/todos")[0].headers["If-None-Match"] == '"v1"'


def test_a_variant_is_for_those_who_asked_for_it(visitor, web_process):
    web_process.answer("/api/vary", b"json", cache=SHARED, Vary="Accept")

    first = visitor.get("/api/vary", headers={"Accept": "application/json"})
    other = visitor.get("/api/vary", headers={"Accept": "text/html"})
    again = visitor.get("/api/vary", headers={"Accept": "application/json"})

    assert [answer.headers["X-Cache"] for answer in (first, other, again)] == ["MISS", "MISS", "HIT"]


def test_a_write_passes_with_its_body(visitor, web_process):
    web_process.answer("/api/todos", b"{}", status=201, cache=PRIVATE)

    answer = visitor.post(
        "/api/todos?x=%2F..%2F", content=b'{"title": "Oil"}', headers={"Idempotency-Key": "1"}
    )

    (request,) = web_process.asked_for("/api/todos")
    assert answer.status_code == 201
    assert (request.method, request.path, request.body) == (
        "POST",
        "/api/todos?x=%2F..%2F",
        b'{"title": "Oil"}',
    )
    assert request.headers["Idempotency-Key"] == "1"


def test_a_body_without_a_length_arrives_with_one(visitor, web_process):
    web_process.answer("/api/todos", status=201)

    visitor.post("/api/todos", content=iter([b"ab", b"cd"]))

    (request,) = web_process.asked_for("/api/todos")
    assert request.body == b"abcd"
    assert request.headers["Content-Length"] == "4"


def test_a_body_that_api_gateway_would_not_take_is_refused_with_a_problem(visitor, web_process):
    answer = visitor.post("/api/todos", content=b"x" * (10 * 1024 * 1024 + 1))

    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/problems/body-too-large")
    assert web_process.requests == []


def test_where_somebody_comes_from_is_said_by_the_edge_alone(edge, visitor, web_process):
    web_process.answer("/api/x")
    lies = {
        "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "1", "X-Real-IP": "10.0.0.1", "Forwarded": "for=10.0.0.1;host=evil.example",
        "X-Original-URL": "/admin/", "X-Rewrite-URL": "/admin/", "X_Forwarded_Host": "evil.example", "Proxy": "http://evil",
    }  # fmt: skip

    visitor.get("/api/x", headers=lies)

    (request,) = web_process.asked_for("/api/x")
    told = {
        name: value
        for name, value in request.headers.items()
        if name.lower().replace("_", "-") in {lie.lower().replace("_", "-") for lie in lies}
    }
    assert told == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    assert request.headers["Host"] == f"127.0.0.1:{edge.web[0].port}"


def test_a_process_that_is_gone_is_told_as_a_problem(edge):
    answer = httpx.get(f"{edge.web[0].url}/api/x")

    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Cache-Control"] == PRIVATE
    assert answer.json()["type"].endswith("/problems/unavailable")


def test_a_copy_stands_in_for_a_process_that_is_gone_if_it_may(edge):
    with StandIn(edge.web[0].inner_port) as process, httpx.Client(base_url=edge.web[0].url) as visitor:
        process.answer("/api/kept", b"kept", cache="public, s-maxage=60, stale-if-error=60")
        visitor.get("/api/kept")

    answer = httpx.get(f"{edge.web[0].url}/api/kept")

    assert (answer.status_code, answer.content) == (200, b"kept")


def test_an_error_of_the_process_passes_as_it_is(visitor, web_process):
    web_process.answer("/api/broken", b'{"status": 500}', status=500, Content_Type="application/problem+json")

    answer = visitor.get("/api/broken")

    assert (answer.status_code, answer.json()) == (500, {"status": 500})


def test_the_log_has_a_line_without_the_query(edge, visitor, web_process):
    visitor.get(
        "/admin/oidc/callback?code=secret-code-of-a-person", headers={"User-Agent": 'a "b"\n'.strip()}
    )

    def found():
        return [entry for entry in entries(edge.access_log) if "oidc/callback" in entry["uri"]]

    until(found, what="the line of the log")
    (entry,) = found()
    assert (entry["distribution"], entry["uri"], entry["query"]) == (f"app-{WEB}", "/admin/oidc/callback", "")
    assert (entry["status"], entry["method"], entry["user_agent"]) == (404, "GET", 'a "b"')
    assert "secret-code" not in edge.access_log.read_text(errors="replace")
