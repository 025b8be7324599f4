"""Tombstones and results of operations that have had their time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from chassis.transactions import in_transaction
from todos.commands.versions import lock_account
from todos.models import Completion, Conflict, OperationResult, Synced, Todo, TodoList

KEPT = timedelta(days=90)
# In this order: a completion goes before its to-do, a to-do before its list.
_KINDS: tuple[type[Synced], ...] = (Conflict, Completion, Todo, TodoList)


def prune(*, older_than: timedelta = KEPT) -> dict[str, int]:
    """Forget what was deleted, and what operations were answered, long ago; how many rows of each.

    A device that has not seen a tombstone which goes is told to begin anew. The answers to its last batch
    stay until it sends another: it may not have got them. Doing it twice is harmless.
    """
    before = timezone.now() - older_than
    subjects: set[str] = set()
    for kind in _KINDS:
        dead = kind._default_manager.filter(deleted_at__lt=before)
        subjects.update(dead.order_by().values_list("subject", flat=True).distinct())
    tombstones = sum(_prune_account(subject, before) for subject in sorted(subjects))
    results, _ = _results_that_were_seen(before).delete()
    return {"tombstones": tombstones, "results": results}


def _results_that_were_seen(before: datetime) -> QuerySet[OperationResult]:
    """A device sends its queue in order, so what it sent before its last batch it knows the answers of."""
    later = OperationResult.objects.filter(
        subject=OuterRef("subject"), device=OuterRef("device"), created_at__gt=OuterRef("created_at")
    )
    return OperationResult.objects.filter(Exists(later), created_at__lt=before)


def _prune_account(subject: str, before: datetime) -> int:
    def forget() -> int:
        account = lock_account(subject)
        count = 0
        for kind in _KINDS:
            dead = kind._default_manager.filter(subject=subject, deleted_at__lt=before)
            newest = dead.aggregate(newest=Max("version"))["newest"]
            if newest is not None:
                account.pruned_version = max(account.pruned_version, newest)
                deleted, _ = dead.delete()
                count += deleted
        account.save(update_fields=["pruned_version"])
        return count

    return in_transaction(forget)
