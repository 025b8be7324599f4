"""One worker at a time in a scope: a row with a holder and a time, not a transaction held open.

A worker that was killed leaves its lease behind, and the next one takes it when its time is up. A
worker that was only slow finds out, at the latest, when it writes its next row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chassis.models import PublishLease
from chassis.publishing.errors import LeaseLost

# Above the longest step between two signs of life: one object, or one part of a large copy.
LEASE = timedelta(seconds=120)
# What a request to the store takes at most.
MARGIN = timedelta(seconds=30)


@dataclass
class Lease:
    """The right to publish in a scope, as long as it is renewed."""

    scope: str
    holder: uuid.UUID
    until: datetime

    def renew(self) -> None:
        """Show that this worker lives.

        Raises:
            LeaseLost: another one took over.
        """
        until = timezone.now() + LEASE
        if not self._row().update(until=until):
            raise LeaseLost(self.scope)
        self.until = until

    def require_time(self) -> None:
        """Refuse when another worker might have taken over. Asks no database, so any thread may.

        Raises:
            LeaseLost: this one has not shown itself for too long.
        """
        if timezone.now() + MARGIN > self.until:
            raise LeaseLost(self.scope)

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction in which no other worker can take over.

        Raises:
            LeaseLost: one has done so before.
        """
        with transaction.atomic():
            if self._row().select_for_update().first() is None:
                raise LeaseLost(self.scope)
            self.renew()
            yield

    def release(self) -> None:
        """Let the next one in."""
        self._row().update(holder=None)

    def _row(self) -> QuerySet[PublishLease]:
        return PublishLease.objects.filter(scope=self.scope, holder=self.holder)


def acquire(scope: str) -> Lease | None:
    """Take the lease of a scope; None while another worker holds it."""
    now = timezone.now()
    lease = Lease(scope, uuid.uuid4(), now + LEASE)
    PublishLease.objects.get_or_create(scope=scope, defaults={"until": now})
    free = PublishLease.objects.filter(Q(holder=None) | Q(until__lt=now), scope=scope)
    return lease if free.update(holder=lease.holder, until=lease.until) else None
