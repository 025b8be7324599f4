"""Reads from a replica of the database, where there is one and it has what the client has seen.

A replica lags behind. So nothing is read there by itself: a view that can tell whether the replica is
fresh enough asks for it, for as long as it reads. Everything else, and every write, is the primary's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction

log = logging.getLogger(__name__)

REPLICA = "replica"
_is_reading: ContextVar[bool] = ContextVar("is_reading_replica", default=False)


class ReplicaRouter:
    """Django's router: reads inside `reads` go to the replica."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The replica, or no opinion."""
        return REPLICA if _is_reading.get() else None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The primary."""
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """They are copies of one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """The replica gets its tables from the primary."""
        return False if db == REPLICA else None


def exists() -> bool:
    """Whether there is a replica that may be read now: within a transaction, reads belong to it."""
    return REPLICA in settings.DATABASES and not transaction.get_connection().in_atomic_block


@contextmanager
def reads() -> Iterator[None]:
    """Everything that is read inside comes from the replica."""
    token = _is_reading.set(True)
    try:
        yield
    finally:
        _is_reading.reset(token)


@contextmanager
def optional_reads() -> Iterator[None]:
    """The same, where a replica that does not answer is no error: what is inside ends, and is logged."""
    try:
        with reads():
            yield
    except OperationalError as error:
        log.warning("replica_unavailable", extra={"error": repr(error)})
