"""The web process killed between commit and answer: the repeated request finds the first one's effect."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contracts.service_processes import ServiceProcess
from tests.issuer import Issuer

TODOS = "/api/todos/v1/todos"


@pytest.fixture
def todos_process(issuer: Issuer, tmp_path: Path) -> Iterator[ServiceProcess]:
    """The todos service; a request with `X-Die-After-Commit` kills it before it answers."""
    settings = {**issuer.environment(), "DJANGO_SETTINGS_MODULE": "tests.contracts.dying_settings"}
    with ServiceProcess("todos", tmp_path / "todos", settings) as process:
        yield process


def rows(tmp_path: Path) -> list[tuple[Any, ...]]:
    """The to-dos in the process's database."""
    with sqlite3.connect(tmp_path / "todos" / "service.sqlite3") as connection:
        return connection.execute("SELECT title, version FROM todos_todo").fetchall()


def test_a_repeated_key_after_a_crash_gives_the_answer_that_was_lost(
    todos_process: ServiceProcess, issuer: Issuer, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('alice')}", "Idempotency-Key": str(uuid4())}
    body = {"title": "Milk"}
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{todos_process.url}{TODOS}", json=body, headers={**headers, "X-Die-After-Commit": "1"})
    after_crash = rows(tmp_path)

    todos_process.stop()
    todos_process.start()
    repeated = httpx.post(f"{todos_process.url}{TODOS}", json=body, headers=headers)

    assert after_crash == [("Milk", 1)]
    assert repeated.status_code == 201
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.json()["title"] == "Milk"
    assert rows(tmp_path) == [("Milk", 1)]


def test_a_repeated_id_after_a_crash_is_answered_as_taken(
    todos_process: ServiceProcess, issuer: Issuer, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('alice')}"}
    body = {"id": str(uuid4()), "title": "Milk"}
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{todos_process.url}{TODOS}", json=body, headers={**headers, "X-Die-After-Commit": "1"})

    todos_process.stop()
    todos_process.start()
    repeated = httpx.post(f"{todos_process.url}{TODOS}", json=body, headers=headers)

    assert repeated.status_code == 409
    assert rows(tmp_path) == [("Milk", 1)]
