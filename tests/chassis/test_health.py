"""Alive without any dependency; ready only when every part answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chassis import health


def _break(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail() -> None:
        raise ConnectionError("secret-host refused the connection")

    checks: dict[str, Any] = {name: (lambda: None) for name in health.CHECKS}
    checks[broken] = fail
    monkeypatch.setattr(health, "CHECKS", checks)


def test_alive_touches_nothing() -> None:
    # Without the `db` fixture any statement would fail the test.
    response = Client().get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_every_part_answers(object_store: Any) -> None:
    response = Client().get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    parts = ("database", "object_store", "queue", "signatures")
    assert response.json()["checks"] == dict.fromkeys(parts, "ok")


@pytest.mark.parametrize("broken", ["database", "object_store", "queue"])
def test_one_part_that_does_not_answer_is_named_without_its_words(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    _break(monkeypatch, broken)

    response = Client().get("/health/ready")

    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["checks"][broken] == "unavailable"
    assert list(response.json()["checks"].values()).count("ok") == 3
    assert b"secret-host" not in response.content


@pytest.mark.django_db
def test_what_somebody_has_to_see_to_is_told_and_does_not_take_the_process_away(
    object_store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def find() -> None:
        raise health.NeedsAttention("the timestamp of tide ends on Friday")

    monkeypatch.setitem(health.CHECKS, "signatures", find)

    response = Client().get("/health/ready")

    assert (response.status_code, response.json()["status"]) == (200, "attention")
    assert response.json()["checks"]["signatures"] == "attention"
    assert b"Friday" not in response.content
    [line] = [record for record in caplog.records if record.msg == "health_check_needs_attention"]
    assert (line.levelname, "Friday" in line.__dict__["finding"]) == ("ERROR", True)


@pytest.mark.django_db
def test_an_object_store_that_is_not_there_is_noticed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    settings.S3_ACCESS_KEY_ID = settings.S3_SECRET_ACCESS_KEY = "x"
    monkeypatch.setattr(health, "CHECKS", {"object_store": health.check_object_store})

    response = Client().get("/health/ready")

    assert response.json()["checks"] == {"object_store": "unavailable"}


@pytest.mark.django_db
def test_a_queue_that_nobody_works_on_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.tasks.queue_age_seconds", lambda: health.QUEUE_AGE_SECONDS_MOST + 1)
    monkeypatch.setattr(health, "CHECKS", {"queue": health.check_queue})

    assert Client().get("/health/ready").json()["checks"] == {"queue": "unavailable"}
