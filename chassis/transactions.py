"""Transactions that begin again when the database ended them in favour of another.

A writer that PostgreSQL chose as the victim of a deadlock, or could not order among the others, has
changed nothing and is told so: beginning again is all that is asked of it (PostgreSQL, §13.5).

SQLite has one writer at a time, and whoever finds it busy sleeps before it looks again, the longer the more
often it has looked. So the threads of a process take turns here, where the next one goes on at once.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")

ATTEMPTS_MOST = 4
PAUSE_SECONDS = 0.01
# Whoever has waited for longer leaves it to SQLite, which gives up at last.
TURN_SECONDS_MOST = 20
# serialization_failure and deadlock_detected (PostgreSQL, Appendix A).
_CONFLICTS = frozenset({"40001", "40P01"})
# What runs after a commit may begin the next transaction.
_turn = threading.RLock()


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction; up to four times, each in a new one, when it met a conflict.

    `work` must change nothing but the database. Within an open transaction it joins that one and is
    not repeated: only whoever began a transaction can begin it again.

    Raises:
        OperationalError: the last attempt met a conflict too, or it was something else.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    attempts_left = ATTEMPTS_MOST
    while True:
        attempts_left -= 1
        try:
            with _in_turn(), transaction.atomic():
                return work()
        except OperationalError as error:
            if not attempts_left or not _is_conflict(error):
                raise
        # Those who met each other once must not meet again in step.
        time.sleep(random.uniform(0, PAUSE_SECONDS * 2 ** (ATTEMPTS_MOST - attempts_left)))  # noqa: S311


def transactional(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Decorate a command whose whole body is one transaction, as `in_transaction` runs it."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return in_transaction(partial(command, *args, **kwargs))

    return run


@contextmanager
def _in_turn() -> Iterator[None]:
    """One writer of this process after the other, on SQLite."""
    has_turn = connection.vendor == "sqlite" and _turn.acquire(timeout=TURN_SECONDS_MOST)
    try:
        yield
    finally:
        if has_turn:
            _turn.release()


def _is_conflict(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _CONFLICTS
