"""How old a copy may be: what the origin's header says, and no longer."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from chassis.publishing.rules import CacheRule
from tests.local.programs import until

KEY = "/bucket/page.html"
PATH = "/page.html"


def becomes(ask: httpx.Client, wanted: Callable[[httpx.Response], bool], what: str) -> httpx.Response:
    """The first answer that is as wanted."""
    found: list[httpx.Response] = []

    def asks() -> bool:
        found.append(ask.get(PATH))
        return wanted(found[-1])

    until(asks, what=what, seconds=15)
    return found[-1]


def test_a_copy_that_is_old_enough_to_be_looked_after_is_given_at_once(store, ask):
    store.answer(KEY, b"old", cache="public, max-age=0, s-maxage=1, stale-while-revalidate=60")
    ask.get(PATH)
    store.answer(KEY, b"new", cache="public, max-age=0, s-maxage=60")

    stale = becomes(ask, lambda answer: answer.headers["X-Cache"] == "STALE", "an old copy")

    assert stale.content == b"old"
    fresh = becomes(ask, lambda answer: answer.headers["X-Cache"] == "HIT", "the new one")
    assert fresh.content == b"new"
    assert len(store.asked_for(KEY)) == 2


def test_a_copy_that_is_too_old_is_not_given(store, ask):
    store.answer(KEY, b"old", cache="public, max-age=0, s-maxage=1")
    ask.get(PATH)
    store.answer(KEY, b"new", cache="public, max-age=0, s-maxage=60")

    fresh = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the end of the old copy")

    assert fresh.headers["X-Cache"] == "EXPIRED"
    assert fresh.content == b"new"


def test_an_origin_that_is_gone_is_stood_in_for_as_long_as_it_said(store, ask):
    store.answer(KEY, b"kept", cache="public, max-age=0, s-maxage=1, stale-if-error=60")
    ask.get(PATH)
    store.stop()

    stale = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the end of the copy's time")
    store.start()

    assert (stale.status_code, stale.content) == (200, b"kept")
    assert stale.headers["X-Cache"] == "STALE"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_origin_that_fails_is_stood_in_for_too(store, ask, status):
    store.answer(KEY, b"kept", cache="public, max-age=0, s-maxage=1, stale-if-error=60")
    ask.get(PATH)
    store.answer(KEY, b"out of order", status=status)

    stale = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the end of the copy's time")

    assert (stale.status_code, stale.content) == (200, b"kept")


def test_without_such_a_word_nothing_stands_in(store, ask):
    store.answer(KEY, b"old", cache="public, max-age=0, s-maxage=1")
    ask.get(PATH)
    store.answer(KEY, b"out of order", status=503)

    failed = becomes(ask, lambda answer: answer.headers.get("X-Cache") != "HIT", "the end of the old copy")

    assert failed.status_code == 503
    assert failed.headers["Cache-Control"] == "no-store"
    assert failed.headers["Retry-After"] == "5"
    assert b"out of order" not in failed.content


def test_a_failure_is_not_kept(store, ask):
    store.answer(KEY, status=500)
    failed = ask.get(PATH)
    store.answer(KEY, b"well again", cache=CacheRule.PAGE.origin)

    assert failed.status_code == 503
    assert ask.get(PATH).content == b"well again"


@pytest.mark.parametrize("status", [403, 404])
def test_what_was_withdrawn_is_not_stood_in_for(store, ask, status):
    store.answer(KEY, b"withdrawn", cache="public, max-age=0, s-maxage=1, stale-if-error=60")
    ask.get(PATH)
    store.answer(KEY, b"<Error/>", status=status)

    gone = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the end of the copy's time")

    assert gone.status_code == 404
    assert b"withdrawn" not in gone.content


def test_an_unchanged_file_is_only_asked_about(store, ask):
    store.answer(KEY, b"same", cache="public, max-age=0, s-maxage=1", ETag='"1"')
    ask.get(PATH)
    store.answer(KEY, b"", status=304, cache="public, max-age=0, s-maxage=1", ETag='"1"')

    renewed = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the question")

    assert renewed.headers["X-Cache"] == "REVALIDATED"
    assert renewed.content == b"same"
    assert store.asked_for(KEY)[1].headers["If-None-Match"] == '"1"'


def test_a_compressed_copy_is_asked_about_by_the_tag_of_the_store(store, ask):
    ask.headers["Accept-Encoding"] = "gzip"
    store.answer(KEY, b"same " * 200, cache="public, s-maxage=1", ETag='"1"', Content_Type="text/html")
    ask.get(PATH)
    store.answer(KEY, b"", status=304, cache="public, s-maxage=1", ETag='"1"')

    renewed = becomes(ask, lambda answer: answer.headers["X-Cache"] != "HIT", "the question")

    assert renewed.content == b"same " * 200
    assert store.asked_for(KEY)[1].headers["If-None-Match"] == '"1"'


def test_a_file_that_says_nothing_is_kept_for_a_minute(store, ask):
    store.answer(KEY, b"silent")

    answers = [ask.get(PATH) for _ in range(2)]

    assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT"]
    assert answers[0].headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_nothing_of_the_reader_reaches_the_store(store, ask):
    store.answer(KEY, b"x", cache=CacheRule.PAGE.origin)
    secrets = {
        "Cookie": "a=b",
        "Authorization": "Bearer x",
        "X-Amz-Security-Token": "x",
        "X-Forwarded-For": "1.1.1.1",
    }

    ask.get(
        f"{PATH}?acl",
        headers={**secrets, "Range": "bytes=0-0", "User-Agent": "someone", "Referer": "http://x/"},
    )

    (request,) = store.asked_for(KEY)
    assert request.path == KEY
    assert set(request.headers) <= {"Host", "Connection", "Accept-Encoding"}


def test_a_word_of_the_store_to_nginx_is_not_obeyed(store, ask):
    store.answer(
        KEY, b"plain", cache=CacheRule.PAGE.origin, X_Accel_Redirect="/bucket/secret.html", Set_Cookie="a=b"
    )

    answer = ask.get(PATH)

    assert answer.content == b"plain"
    assert not {"X-Accel-Redirect", "Set-Cookie"} & answer.headers.keys()
    assert ask.get(PATH).headers["X-Cache"] == "HIT"
