"""Logs are JSON lines with ids, and hold no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from chassis.logs import StructuredFormatter, log_context
from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
ReadLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[ReadLines]:
    """What has been logged, line by line, as it goes to standard error."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(StructuredFormatter("json"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_each_request_has_one_line_with_its_ids(client_of: MakeClient, lines: ReadLines) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    alice = client_of("alice")

    response = alice.get("/api/test/who", traceparent=f"00-{trace}-b7ad6b7169203331-01")

    finished = [line for line in lines() if line["event"] == "request_finished"]
    assert len(finished) == 1
    assert finished[0]["request_id"] == response["X-Request-Id"]
    assert finished[0]["trace_id"] == trace
    assert finished[0]["method"] == "GET"
    assert finished[0]["path"] == "/api/test/who"
    assert finished[0]["status"] == 200
    assert finished[0]["milliseconds"] >= 0
    assert finished[0]["level"] == "info"


def test_a_name_that_is_not_ours_is_one_line_without_a_traceback(
    client: Client, settings: Any, lines: ReadLines
) -> None:
    settings.ALLOWED_HOSTS = ["quartet.example"]

    response = client.get("/api/test/who", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert [line["event"] for line in lines() if line["level"] in ("info", "error")] == ["request_finished"]


def test_what_is_logged_within_a_request_has_its_id(client_of: MakeClient, lines: ReadLines) -> None:
    response = client_of("alice").get("/api/test/raises/database")

    logged = [line for line in lines() if line["event"] == "database_unavailable"]
    assert logged[0]["request_id"] == response["X-Request-Id"]
    assert "OperationalError" in logged[0]["exception"]


def test_the_id_does_not_outlive_its_request(client_of: MakeClient) -> None:
    client_of("alice").get("/api/test/who")

    assert log_context.get() is None


def test_no_token_no_query_and_no_body_is_logged(client_of: MakeClient, lines: ReadLines) -> None:
    alice = client_of("alice")

    alice.get("/api/test/who?access_token=in-the-address")
    alice.post("/api/test/echo", {"title": "my private thought", "unknown": 1}, idempotency_key="my-key")
    ApiClient("forged.secret.token").get("/api/test/who")

    written = json.dumps(lines())
    assert str(alice.token) not in written
    assert "in-the-address" not in written
    assert "my private thought" not in written
    assert "my-key" not in written
    assert "forged.secret.token" not in written


def _formatted(form: str, message: str, **fields: Any) -> str:
    record = logging.makeLogRecord({"name": "quartet", "levelname": "INFO", "msg": message, **fields})
    return StructuredFormatter(form).format(record)


@pytest.mark.parametrize(
    "value", ["two\nlines", "\ud800", "\x00", "\u2028", {"a": 1}, object(), b"bytes", 1e999]
)
def test_any_value_stays_on_one_line_of_json(value: Any) -> None:
    line = _formatted("json", "event", field=value)

    assert "\n" not in line
    assert json.loads(line)["event"] == "event"
    line.encode()


def test_a_message_cannot_forge_a_line() -> None:
    line = _formatted("json", 'first\n{"event": "forged"}')

    assert line.count("\n") == 0


def test_the_console_form_is_for_people() -> None:
    line = _formatted("console", "request_finished", path="/docs/")

    assert "request_finished" in line
    assert "path" in line
