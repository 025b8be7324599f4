"""Programs go a short way through the middleware, and get what they would have got on the long one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from chassis.short_way import is_of_program
from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db

# What browsers had from us once: it leads the long way, and means nothing.
COOKIE = {"Cookie": "theme=dark"}
ASKED = [
    ("GET", "/api/todos/v1/todos", None, {}),
    ("GET", "/api/todos/v1/todos", None, {"If-None-Match": '"v0"'}),
    ("GET", "/api/todos/v1/nothing", None, {}),
    ("GET", "/api/todos/v1/schema", None, {}),
    ("GET", "/api/todos/v1/schema/", None, {}),
    ("GET", "/api/todos/v1/todos", None, {"Authorization": "Bearer x"}),
    ("GET", "/api/todos/v1/todos", None, {"Host": "elsewhere.example"}),
    ("GET", "/api/todos/v1/todos", None, {"Origin": "http://127.0.0.1:8080"}),
    ("GET", "/api/todos/v1/todos", None, {"Accept": "image/png"}),
    ("GET", "/api/todos/v1/todos", None, {"Accept-Language": "de"}),
    ("OPTIONS", "/api/todos/v1/todos", None, {}),
    ("HEAD", "/api/todos/v1/todos", None, {}),
    ("DELETE", "/api/todos/v1/todos", None, {}),
    ("POST", "/api/todos/v1/todos", b'{"title": ""}', {}),
    ("POST", "/api/todos/v1/todos", b"{", {}),
    ("POST", "/api/todos/v1/sync", b'{"cursor": null}', {}),
]


@pytest.mark.parametrize(("method", "path", "body", "headers"), ASKED)
def test_both_ways_give_the_same(
    client_of: Callable[..., ApiClient], method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> None:
    sent = {"Authorization": f"Bearer {client_of('alice').token}", **headers}

    short, long = (
        Client().generic(method, path, body or b"", content_type="application/json", headers=found)
        for found in (sent, {**sent, **COOKIE})
    )

    assert short.status_code == long.status_code
    assert _lasting(short) == _lasting(long)
    assert len(short.content) == len(long.content)


def test_the_long_way_is_really_another(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.sessions.middleware import SessionMiddleware

    seen: list[str] = []
    begin = SessionMiddleware.process_request

    def process_request(middleware: SessionMiddleware, request: HttpRequest) -> None:
        seen.append(request.path)
        begin(middleware, request)

    monkeypatch.setattr(SessionMiddleware, "process_request", process_request)

    Client().get("/api/todos/v1/todos")
    Client().get("/api/todos/v1/lists", headers=COOKIE)

    assert seen == ["/api/todos/v1/lists"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/admin/", {}),
        ("/", {}),
        ("/api/todos/v1/todos", {"HTTP_COOKIE": "sessionid=x"}),
        ("/api/todos/v1/todos", {"HTTP_ACCEPT": "text/html,*/*"}),
        ("/api/todos/v1/todos", {"HTTP_ACCEPT": "application/xhtml+xml"}),
    ],
)
def test_browsers_go_the_long_way(path: str, sent: dict[str, str]) -> None:
    request = HttpRequest()
    request.path_info, request.META = path, sent

    assert not is_of_program(request)


def _lasting(response: Any) -> dict[str, str]:
    """The headers, but for what is new with each request."""
    own = {"X-Request-Id", "RateLimit", "Location", "ETag"}
    return {name: value for name, value in response.items() if name not in own}
