"""The web process killed between commit and answer: the repeated request finds the first one's effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contracts.service_processes import ServiceProcess
from tests.issuer import Issuer
from tests.todos.sync_client import Device, NoAnswer

TODOS = "/api/todos/v1/todos"


@pytest.fixture(scope="module")
def todos_process(
    issuer_server: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """The todos service; a request with `X-Die-After-Commit` kills it before it answers."""
    settings = {**issuer_server.environment(), "DJANGO_SETTINGS_MODULE": "tests.contracts.dying_settings"}
    with ServiceProcess("todos", tmp_path_factory.mktemp("todos"), settings) as process:
        yield process


@pytest.fixture
def alice(issuer_server: Issuer) -> dict[str, str]:
    """The headers of somebody new."""
    return {"Authorization": f"Bearer {issuer_server.token(f'alice-{uuid4().hex[:12]}')}"}


def titles(process: ServiceProcess, headers: dict[str, str]) -> list[tuple[str, int]]:
    """The to-dos that are there, and their versions."""
    answer = httpx.get(f"{process.url}{TODOS}", headers=headers).json()
    return sorted((row["title"], row["version"]) for row in answer["items"])


def restart(process: ServiceProcess) -> None:
    """After its death."""
    process.stop()
    process.start()


def test_a_repeated_key_after_a_crash_gives_the_answer_that_was_lost(
    todos_process: ServiceProcess, alice: dict[str, str]
) -> None:
    headers = {**alice, "Idempotency-Key": str(uuid4())}
    body = {"title": "Milk"}
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{todos_process.url}{TODOS}", json=body, headers={**headers, "X-Die-After-Commit": "1"})

    restart(todos_process)
    after_crash = titles(todos_process, alice)
    repeated = httpx.post(f"{todos_process.url}{TODOS}", json=body, headers=headers)

    assert after_crash == [("Milk", 1)]
    assert repeated.status_code == 201
    assert repeated.headers["Idempotency-Replayed"] == "true"
    assert repeated.json()["title"] == "Milk"
    assert titles(todos_process, alice) == [("Milk", 1)]


def test_a_repeated_id_after_a_crash_is_answered_as_taken(
    todos_process: ServiceProcess, alice: dict[str, str]
) -> None:
    body = {"id": str(uuid4()), "title": "Milk"}
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{todos_process.url}{TODOS}", json=body, headers={**alice, "X-Die-After-Commit": "1"})

    restart(todos_process)
    repeated = httpx.post(f"{todos_process.url}{TODOS}", json=body, headers=alice)

    assert repeated.status_code == 409
    assert titles(todos_process, alice) == [("Milk", 1)]


def test_of_a_queue_whose_answers_are_all_lost_each_operation_is_done_once(
    todos_process: ServiceProcess, alice: dict[str, str]
) -> None:
    # Whether the process dies at each request: it does when it is asked something for the first time.
    deaths = iter([True, False, True, False])

    def send(method: str, path: str, body: Any) -> tuple[int, Any]:
        dying = {"X-Die-After-Commit": "1"} if next(deaths, False) else {}
        address = f"{todos_process.url}/api/todos/v1/{path}"
        try:
            response = httpx.request(method, address, json=body, headers={**alice, **dying})
        except httpx.TransportError as error:
            raise NoAnswer from error
        return response.status_code, response.json() if response.content else None

    phone, tablet = Device("phone", send, batch=2), Device("tablet", send)
    milk = phone.do("todo.create", title="Milk")
    phone.do("todo.complete", milk)
    phone.do("todo.reopen", milk)
    phone.do("todo.create", title="Bread")
    for _ in range(2):
        with pytest.raises(NoAnswer):
            phone.sync()
        restart(todos_process)

    phone.sync()
    tablet.sync()

    told = [(result["status"], result["version"]) for _, result in phone.answered]
    assert told == [("applied", 1), ("applied", 1), ("applied", 2), ("applied", 2)]
    assert titles(todos_process, alice) == [("Bread", 2), ("Milk", 2)]
    assert (tablet.version, tablet.rows) == (phone.version, phone.rows)
    assert not phone.queue
