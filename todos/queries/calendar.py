"""What a calendar feed shows, and whose it is."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date
from uuid import UUID

from todos.errors import CalendarNotFound
from todos.models import CalendarFeed, Completion, Todo

# What a calendar program reads at once. Those that are due first.
EVENTS_MOST = 2000


def secret_digest(secret: str) -> str:
    """What is kept of a secret. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def subject_of_calendar(secret: str) -> str:
    """Whose feed this is. One query.

    Raises:
        CalendarNotFound: the secret opens nothing, or nothing any more.
    """
    found = CalendarFeed.objects.filter(secret_sha256=secret_digest(secret)).values_list("subject", flat=True)
    subject = next(iter(found), None)
    if subject is None:
        raise CalendarNotFound
    return str(subject)


def list_due(*, subject: str) -> list[tuple[Todo, set[date]]]:
    """What is open and due, with the occurrences that are done. Two queries."""
    rows = Todo.objects.filter(subject=subject, deleted_at=None, done_at=None, due_on__isnull=False)
    todos = list(rows.order_by("next_on", "id")[:EVENTS_MOST])
    done: dict[UUID, set[date]] = defaultdict(set)
    if any(todo.recurrence for todo in todos):
        completions = Completion.objects.filter(subject=subject, deleted_at=None)
        for todo_id, occurrence in completions.values_list("todo_id", "occurrence"):
            done[todo_id].add(occurrence)
    return [(todo, done[todo.id]) for todo in todos]
