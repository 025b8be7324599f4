"""A transaction that the database ended in favour of another begins again; nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from chassis import transactions
from chassis.models import RateCount
from chassis.transactions import ATTEMPTS_MOST, in_transaction, transactional


class DriverError(Exception):
    """What a driver raises: an error with the SQLSTATE of the database."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def failure(sqlstate: str) -> OperationalError:
    """The error as Django passes it on."""
    error = OperationalError("as the database put it")
    error.__cause__ = DriverError(sqlstate)
    return error


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits."""
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)


def failing(*failures: Exception | None) -> Callable[[], int]:
    """Work that fails with each of these in turn, then answers how often it was called."""
    outcomes: Iterator[Exception | None] = iter(failures)
    calls = 0

    def work() -> int:
        nonlocal calls
        calls += 1
        if (error := next(outcomes, None)) is not None:
            raise error
        return calls

    return work


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_work_that_met_a_conflict_is_done_again(sqlstate: str) -> None:
    assert in_transaction(failing(failure(sqlstate), failure(sqlstate))) == 3


@pytest.mark.django_db(transaction=True)
def test_after_four_conflicts_the_caller_is_told() -> None:
    work = failing(*[failure("40001")] * ATTEMPTS_MOST)

    with pytest.raises(OperationalError):
        in_transaction(work)

    assert work() == ATTEMPTS_MOST + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [failure("57P01"), OperationalError("database is locked"), KeyError("x")])
def test_any_other_failure_is_passed_on_at_once(error: Exception) -> None:
    work = failing(error)

    with pytest.raises(type(error)):
        in_transaction(work)

    assert work() == 2


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_nothing_is_repeated() -> None:
    work = failing(failure("40001"))

    with pytest.raises(OperationalError), transaction.atomic():
        in_transaction(work)

    assert work() == 2


@pytest.mark.django_db(transaction=True)
def test_what_an_ended_attempt_wrote_is_gone() -> None:
    fail = failing(failure("40001"))

    @transactional
    def write(*, subject: str) -> bool:
        RateCount.objects.create(key=subject, window_start=1)
        fail()
        return connection.in_atomic_block

    was_in_transaction = write(subject="alice")

    assert was_in_transaction
    assert RateCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_writers_of_a_process_take_turns() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL lets many write, and wakes up who waits for a row.")

    def slowly(number: int) -> None:
        RateCount.objects.create(key=f"k{number}", window_start=1)
        # Long enough for the others to want it, too.
        RateCount.objects.bulk_create(
            RateCount(key=f"k{number}-{more}", window_start=1) for more in range(500)
        )

    def write(number: int) -> None:
        with connection.cursor() as cursor:
            # Whoever finds SQLite busy is told so, and does not look again.
            cursor.execute("PRAGMA busy_timeout = 0")
        try:
            in_transaction(lambda: slowly(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))

    assert RateCount.objects.count() == 8 * 501


@pytest.mark.django_db(transaction=True)
def test_what_runs_after_a_commit_may_write_too() -> None:
    def write() -> None:
        RateCount.objects.create(key="first", window_start=1)
        transaction.on_commit(
            lambda: in_transaction(lambda: RateCount.objects.create(key="second", window_start=1)) and None
        )

    in_transaction(write)

    assert RateCount.objects.count() == 2
