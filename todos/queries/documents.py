"""Rows as the API, the sync and the snapshot show them: one shape for all doors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from todos.models import Attachment, Completion, Conflict, Todo, TodoList, split_tags

LIST_COLUMNS = ("id", "title", "colour", "rank", "is_archived", "version", "created_at", "updated_at")
TODO_COLUMNS = (
    "id", "todo_list_id", "parent_id", "title", "notes", "rank", "due_on", "due_time", "due_zone",
    "recurrence", "next_on", "priority", "tags", "done_at", "version", "created_at", "updated_at",
    "attachment_count",
)  # fmt: skip
COMPLETION_COLUMNS = ("id", "todo_id", "occurrence", "done_at", "version")
CONFLICT_COLUMNS = (
    "id", "target_kind", "target_id", "field", "losing", "winning", "created_at", "version",
)  # fmt: skip

Attachments = dict[str, list[dict[str, Any]]]


def list_of_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """A list."""
    identifier, title, colour, rank, is_archived, version, created_at, updated_at = row
    return {
        "id": identifier,
        "title": title,
        "colour": colour,
        "rank": rank,
        "archived": bool(is_archived),
        "version": version,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def todo_of_row(row: tuple[Any, ...], attachments: Attachments) -> dict[str, Any]:
    """A to-do with its files."""
    (
        identifier, list_id, parent_id, title, notes, rank, due_on, due_time, due_zone,
        recurrence, next_on, priority, tags, done_at, version, created_at, updated_at, _,
    ) = row  # fmt: skip
    return {
        "id": identifier,
        "list_id": list_id,
        "parent_id": parent_id,
        "title": title,
        "notes": notes,
        "rank": rank,
        "due_on": due_on,
        "due_time": due_time or None,
        "due_zone": due_zone or None,
        "recurrence": recurrence or None,
        "next_on": next_on,
        "priority": priority,
        "tags": split_tags(tags) if tags else [],
        "done_at": done_at,
        "attachments": attachments.get(str(identifier), []) if attachments else [],
        "version": version,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def completion_of_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """An occurrence that is done."""
    return dict(zip(COMPLETION_COLUMNS, row, strict=True))


def conflict_of_row(row: tuple[Any, ...]) -> dict[str, Any]:
    """A value that lost."""
    return dict(zip(CONFLICT_COLUMNS, row, strict=True))


def list_document(found: TodoList) -> dict[str, Any]:
    """A list as the API shows it."""
    return list_of_row(tuple(getattr(found, name) for name in LIST_COLUMNS))


def todo_document(todo: Todo) -> dict[str, Any]:
    """A to-do as the API shows it. One query where files are attached."""
    row = tuple(getattr(todo, name) for name in TODO_COLUMNS)
    return todo_of_row(row, attachments_of([todo.id] if todo.attachment_count else []))


def completion_document(found: Completion) -> dict[str, Any]:
    """An occurrence that is done."""
    return completion_of_row(tuple(getattr(found, name) for name in COMPLETION_COLUMNS))


def conflict_document(found: Conflict) -> dict[str, Any]:
    """A conflict as the API shows it."""
    return conflict_of_row(tuple(getattr(found, name) for name in CONFLICT_COLUMNS))


def attachment_document(attachment: Attachment) -> dict[str, Any]:
    """An attachment as the API shows it."""
    return {
        "id": attachment.id,
        "key": attachment.key,
        "name": attachment.name,
        "size": attachment.size,
        "content_type": attachment.content_type,
    }


def attachments_of(todo_ids: Iterable[UUID | str]) -> Attachments:
    """The files of these to-dos. One query, none for no to-dos."""
    found: Attachments = defaultdict(list)
    ids = list(todo_ids)
    for start in range(0, len(ids), 500):
        rows = Attachment.objects.filter(todo_id__in=ids[start : start + 500]).order_by("id")
        for attachment in rows:
            found[str(attachment.todo_id)].append(attachment_document(attachment))
    return found


def value_document(name: str, value: Any) -> Any:
    """The value of one field as JSON shows it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return None if value == "" and name in ("due_time", "due_zone", "recurrence") else value
