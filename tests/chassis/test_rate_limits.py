"""Limits on writes: exact, told in headers, shared by threads and processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from chassis import rate_limits
from chassis.models import RateCount
from chassis.rate_limits import _Leases
from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
ECHO = "/api/test/echo"
NOW = 1_800_000_015  # a quarter of a window has gone


class Clock:
    """The limits' own time."""

    def __init__(self) -> None:
        self.now: float = NOW

    def time(self) -> float:
        """Seconds since 1970."""
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until a test sets it."""
    clock = Clock()
    monkeypatch.setattr(rate_limits, "time", clock)
    return clock


def _statuses(client: ApiClient, count: int) -> list[int]:
    return [client.post(ECHO, {"title": "t"}).status_code for _ in range(count)]


@pytest.mark.parametrize("limit", [1, 3, 10, 60])
def test_exactly_the_limit_is_let_through(client_of: MakeClient, settings: Any, limit: int) -> None:
    settings.API_WRITES_PER_MINUTE = limit

    statuses = _statuses(client_of("alice"), limit + 3)

    assert statuses == [200] * limit + [429] * 3


def test_headers_count_down(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 3
    alice = client_of("alice")

    answers = [alice.post(ECHO, {"title": "t"}) for _ in range(4)]

    assert {answer["RateLimit-Policy"] for answer in answers} == {'"writes";q=3;w=60'}
    assert [answer["RateLimit"] for answer in answers] == [
        '"writes";r=2;t=45',
        '"writes";r=1;t=45',
        '"writes";r=0;t=45',
        '"writes";r=0;t=45',
    ]


def test_a_refusal_says_when_to_come_again(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1
    alice = client_of("alice")
    alice.post(ECHO, {"title": "t"})

    response = alice.post(ECHO, {"title": "t"})

    assert response.status_code == 429
    assert response["Retry-After"] == "45"
    assert response.json()["type"].endswith("/problems/too-many-requests")


def test_the_next_window_starts_anew(client_of: MakeClient, settings: Any, clock: Clock) -> None:
    settings.API_WRITES_PER_MINUTE = 2
    alice = client_of("alice")
    before = _statuses(alice, 3)
    clock.now = NOW + 45

    after = _statuses(alice, 3)

    assert before == after == [200, 200, 429]


def test_each_caller_has_a_limit_of_their_own(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1
    _statuses(client_of("mallory"), 5)

    assert _statuses(client_of("alice"), 1) == [200]


def test_another_client_of_the_same_user_shares_the_limit(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 2

    first = _statuses(client_of("alice"), 1)
    second = _statuses(client_of("alice", client_id="quartet-tour"), 2)

    assert first + second == [200, 200, 429]


def test_refused_input_counts_too(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1
    alice = client_of("alice")

    refused = alice.post(ECHO, {"unknown": 1}).status_code

    assert [refused, *_statuses(alice, 1)] == [400, 429]


def test_reads_are_not_counted(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1
    alice = client_of("alice")

    statuses = {alice.get("/api/test/who").status_code for _ in range(5)}

    assert statuses == {200}
    assert not RateCount.objects.exists()


def test_without_a_token_nothing_is_counted_before_the_refusal(issuer: Any, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1

    statuses = {Client().post(ECHO, {}, content_type="application/json").status_code for _ in range(3)}

    assert statuses == {401}
    assert not RateCount.objects.exists()


def test_the_database_keeps_no_name_of_a_caller(client_of: MakeClient) -> None:
    client_of("alice").post(ECHO, {"title": "t"})

    assert "alice" not in RateCount.objects.get().key


def test_a_busy_caller_costs_one_statement_in_many_writes(
    client_of: MakeClient, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.API_WRITES_PER_MINUTE = 600
    alice = client_of("alice")

    with django_assert_num_queries(1):
        statuses = _statuses(alice, 12)

    assert statuses == [200] * 12


def test_leases_of_many_processes_never_add_up_to_more_than_the_limit() -> None:
    processes = [_Leases() for _ in range(4)]

    numbers = [process.take("writes:alice", NOW, 600) for _ in range(250) for process in processes]

    allowed = [number for number in numbers if number <= 600]
    assert len(allowed) == len(set(allowed))
    assert 600 - 4 * 12 <= len(allowed) <= 600


@pytest.mark.django_db(transaction=True)
def test_simultaneous_writes_are_let_through_up_to_the_limit(client_of: MakeClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 10
    clients = [client_of("alice") for _ in range(6)]
    statuses: list[int] = []

    def send(client: ApiClient) -> None:
        statuses.extend(_statuses(client, 3))
        connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] * 10 + [429] * 8
