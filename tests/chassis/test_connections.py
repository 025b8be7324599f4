"""How often PostgreSQL is asked whether it is there."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper as DjangosWrapper
from django.db.utils import OperationalError

from chassis.postgresql import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server"),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the server was asked, and whether it was there."""
    found: list[bool] = []
    ask = DjangosWrapper.is_usable

    def is_usable(wrapper: Any) -> bool:
        found.append(ask(wrapper))
        return found[-1]

    monkeypatch.setattr(DjangosWrapper, "is_usable", is_usable)
    return found


def test_a_connection_that_has_just_answered_is_not_asked(asked: list[bool]) -> None:
    connection.close()
    connection.ensure_connection()

    assert connection.is_usable()
    assert asked == []


def test_one_that_rested_is_asked(asked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    connection.ensure_connection()
    monkeypatch.setattr(base, "TRUSTED_SECONDS", 0.0)

    assert connection.is_usable()
    assert asked == [True]


def test_one_with_an_error_is_asked(asked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    connection.ensure_connection()
    monkeypatch.setattr(connection, "errors_occurred", True)

    assert connection.is_usable()
    assert asked == [True]


def test_one_that_was_frozen_with_its_function_is_asked(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    connection.ensure_connection()
    thawed_at = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: thawed_at)

    assert connection.is_usable()
    assert asked == [True]


def test_one_that_the_server_has_ended_is_found_out_at_once(asked: list[bool]) -> None:
    connection.close()
    connection.ensure_connection()
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    assert not connection.is_usable()
    connection.close()


def test_one_that_another_has_ended_is_found_out_at_once(asked: list[bool]) -> None:
    connection.close()
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    other = connection.copy("other")
    with other.cursor() as cursor:
        # True when it is gone, within so many milliseconds.
        cursor.execute("SELECT pg_terminate_backend(%s, 30000)", [mine])
        assert cursor.fetchone()[0]
    other.close()

    assert not connection.is_usable()
    assert asked == [False]
    connection.close()
