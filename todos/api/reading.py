"""Where a read goes: to the replica, unless the client has seen more than it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.request import Request

from chassis import replicas
from todos import queries
from todos.models import Account

_VERSION = re.compile(r'"v(\d{1,18})"', re.ASCII)


def version_seen(request: Request) -> int:
    """The newest version that the client shows to have seen, by its ETags; 0 if it shows none."""
    return max(map(int, _VERSION.findall(request.META.get("HTTP_IF_NONE_MATCH", ""))), default=0)


def version_to_show(subject: str) -> int:
    """What a read must have that follows nothing that the client shows, but may replace all that it has.

    One query, of the primary; none without a replica, where every read has everything.
    """
    return queries.read_version(subject) if replicas.exists() else 0


@contextmanager
def reading(subject: str, *, seen: int) -> Iterator[Account]:
    """The account's versions, and a place to read the rest from: both of the same database.

    Whoever has seen a version never gets an older one, so one reads what one wrote.
    """
    account = _of_replica(subject) if replicas.exists() else None
    if account is not None and account.version >= seen:
        with replicas.reads():
            yield account
    else:
        yield queries.read_account(subject)


def _of_replica(subject: str) -> Account | None:
    with replicas.optional_reads():
        return queries.read_account(subject)
    return None
