"""What every answer carries: the request's id, its place in a trace, and what browsers must know."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SENT = "5f1e0c8a-3c1f-4e35-9d53-1f0f6f0a7c11"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_request_gets_an_id() -> None:
    first, second = Client().get("/health/live"), Client().get("/health/live")

    assert UUID.fullmatch(first["X-Request-Id"])
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_an_id_that_is_sent_is_kept() -> None:
    response = Client().get("/health/live", headers={"X-Request-Id": SENT})

    assert response["X-Request-Id"] == SENT


@pytest.mark.parametrize("sent", ["", "x", "a" * 5000, "é", SENT.upper(), f"{SENT} "])
def test_an_id_of_another_form_is_replaced(sent: str) -> None:
    response = Client().get("/health/live", headers={"X-Request-Id": sent})

    assert UUID.fullmatch(response["X-Request-Id"])


def test_a_refused_request_has_an_id_too() -> None:
    response = Client().get("/nowhere?%00")

    assert response.status_code == 400
    assert UUID.fullmatch(response["X-Request-Id"])


def _traceparent_within(sent: str | None, rf: Any) -> str:
    from chassis.middleware import request_context

    seen: list[str] = []

    def view(request: Any) -> Any:
        from django.http import HttpResponse

        seen.append(request.traceparent)
        return HttpResponse()

    headers = {} if sent is None else {"traceparent": sent}
    request_context(view)(rf.get("/", headers=headers))
    return seen[0]


def test_a_request_goes_on_in_its_callers_trace_as_a_new_span(rf: Any) -> None:
    traceparent = _traceparent_within(f"00-{TRACE}-b7ad6b7169203331-01", rf)

    version, trace, span, flags = traceparent.split("-")
    assert (version, trace, flags) == ("00", TRACE, "01")
    assert span != "b7ad6b7169203331"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "nonsense",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331-01-extra",
    ],
)
def test_a_trace_of_another_form_is_replaced(rf: Any, sent: str | None) -> None:
    traceparent = _traceparent_within(sent, rf)

    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", traceparent)
    assert TRACE not in traceparent


ADDRESSES = [
    "/",
    "/docs/",
    "/problems/",
    "/problems/not-found",
    "/health/live",
    "/nowhere",
    "/admin/login/",
    "/api/test/who",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_security_headers(address: str) -> None:
    response = Client().get(address, headers={"Accept": "text/html"})

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-site"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert "no-store" in response["Cache-Control"] or "no-cache" in response["Cache-Control"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_policy_allows_nothing_inline_and_no_foreign_origin(address: str, settings: Any) -> None:
    policy = Client().get(address, headers={"Accept": "text/html"})["Content-Security-Policy"]

    directives = {name: set(values) for name, *values in (part.split() for part in policy.split(";"))}
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert directives["default-src"] == {"'none'"}
    assert directives["frame-ancestors"] == {"'none'"}
    assert directives["base-uri"] == {"'none'"}
    assert directives["script-src"] <= {"'self'", "http://127.0.0.1:8080"}


def test_a_listed_origin_may_call_the_api(client_of: MakeClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://todos.example.org"]

    response = client_of("alice").get("/api/test/version", Origin="https://todos.example.org")

    assert response["Access-Control-Allow-Origin"] == "https://todos.example.org"
    assert "ETag" in response["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response


def test_a_listed_origin_may_ask_first_without_a_token(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://todos.example.org"]

    response = Client().options(
        "/api/test/version",
        headers={
            "Origin": "https://todos.example.org",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization,if-match,idempotency-key",
        },
    )

    assert response.status_code == 200
    assert "PATCH" in response["Access-Control-Allow-Methods"]
    assert "if-match" in response["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://todos.example.org.evil.example"])
def test_another_origin_may_not_read_the_api(client_of: MakeClient, settings: Any, origin: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://todos.example.org"]

    response = client_of("alice").get("/api/test/who", Origin=origin)

    assert "Access-Control-Allow-Origin" not in response
