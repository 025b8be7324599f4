"""Under which key a task was last enqueued, so that what waits already is not enqueued twice.

For `chassis.tasks.enqueue_once`, which nearly every change of a to-do calls: each is one statement.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from chassis.bulk import update_row
from chassis.models import TaskKey


def digest_of(task_path: str, key: Any) -> str:
    """What a key of a task is kept as."""
    named = json.dumps([task_path, key], sort_keys=True)
    return hashlib.sha256(named.encode()).hexdigest()


def is_waiting(digest: str) -> bool:
    """The same as below, of a key, where somebody has decided before: one statement, which most changes need.

    Outside a transaction there is nothing that the lock could be held for.
    """
    if not connection.in_atomic_block:
        return False
    statement = (
        f"SELECT 1 FROM {TaskKey._meta.db_table} k"  # noqa: S608 - our own names
        f" JOIN {DBTaskResult._meta.db_table} t ON t.id = k.task_id WHERE k.key = %s AND t.status = %s"
    )
    if connection.features.has_select_for_update:
        # Whoever has taken the task meanwhile has changed its status, and PostgreSQL looks again.
        statement += " FOR UPDATE OF t"
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest, TaskResultStatus.READY])
        return cursor.fetchone() is not None


def lock(digest: str, now: datetime) -> uuid.UUID | None:
    """The task last enqueued under a key. Its lock lets one transaction at a time decide for it."""
    statement = (
        f"INSERT INTO {TaskKey._meta.db_table} (key, changed_at) VALUES (%s, %s)"  # noqa: S608
        " ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at RETURNING task_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [digest, connection.ops.adapt_datetimefield_value(now)])
        found: Any = cursor.fetchone()[0]
    # SQLite keeps it as 32 digits.
    return uuid.UUID(found) if isinstance(found, str) else found


def lock_waiting(task_id: uuid.UUID | None) -> bool:
    """Whether that task waits; then a worker passes over it until the current transaction has ended."""
    if task_id is None:
        return False
    waiting = DBTaskResult.objects.filter(pk=task_id, status=TaskResultStatus.READY)
    return waiting.select_for_update().first() is not None


def keep(digest: str, task_id: uuid.UUID) -> None:
    """Remember the task that was enqueued under a key that is locked."""
    update_row(TaskKey(key=digest, task_id=task_id), ["task_id"])
