"""Everything that is read of todos, with known numbers of queries. No read takes a lock."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from chassis.rows import json_rows
from todos.errors import ListNotFound, TodoNotFound
from todos.models import Account, Attachment, Todo, TodoList, split_tags

_TODO_COLUMNS = (
    "id", "todo_list_id", "title", "notes", "due_on", "priority", "tags", "done_at",
    "version", "created_at", "updated_at", "attachment_count",
)  # fmt: skip
_LIST_COLUMNS = ("id", "title", "colour", "version", "created_at", "updated_at")


@dataclass(frozen=True)
class TodoFilter:
    """What a client wants to see; None is everything."""

    list_id: UUID | None = None
    is_done: bool | None = None
    due_before: date | None = None
    tag: str | None = None
    text: str | None = None


def read_version(subject: str) -> int:
    """The account's version; 0 before its first change. One primary-key read."""
    found = Account.objects.filter(subject=subject).values_list("version", flat=True)
    return next(iter(found), 0)


def list_lists(*, subject: str, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Lists in the order in which they were made, as documents. One query."""
    rows = TodoList.objects.filter(subject=subject, deleted_at=None)
    if after is not None:
        rows = rows.filter(id__gt=after)
    found = json_rows(rows.order_by("id").values_list(*_LIST_COLUMNS)[:limit])
    return [dict(zip(_LIST_COLUMNS, row, strict=True)) for row in found]


def list_todos(*, subject: str, wanted: TodoFilter, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """To-dos in the order in which they were made, as documents. One query, and one for attached files."""
    rows = _filtered(Todo.objects.filter(subject=subject, deleted_at=None), wanted)
    if after is not None:
        rows = rows.filter(id__gt=after)
    found = json_rows(rows.order_by("id").values_list(*_TODO_COLUMNS)[:limit])
    attachments = _attachments_of([row[0] for row in found if row[-1]])
    return [_document(row, attachments) for row in found]


def get_list(*, subject: str, list_id: UUID) -> TodoList:
    """One list of the subject. One query.

    Raises:
        ListNotFound: there is none, it is deleted, or it is somebody else's.
    """
    found = TodoList.objects.filter(id=list_id, subject=subject, deleted_at=None).first()
    if found is None:
        raise ListNotFound
    return found


def get_todo(*, subject: str, todo_id: UUID) -> Todo:
    """One to-do of the subject. One query.

    Raises:
        TodoNotFound: there is none, it is deleted, or it is somebody else's.
    """
    todo = Todo.objects.filter(id=todo_id, subject=subject, deleted_at=None).first()
    if todo is None:
        raise TodoNotFound
    return todo


def list_document(found: TodoList) -> dict[str, Any]:
    """A list as the API shows it."""
    return {name: getattr(found, name) for name in _LIST_COLUMNS}


def todo_document(todo: Todo) -> dict[str, Any]:
    """A to-do as the API shows it. One query where files are attached."""
    row = tuple(getattr(todo, name) for name in _TODO_COLUMNS)
    return _document(row, _attachments_of([todo.id] if todo.attachment_count else []))


def attachment_document(attachment: Attachment) -> dict[str, Any]:
    """An attachment as the API shows it."""
    return {
        "id": attachment.id,
        "key": attachment.key,
        "name": attachment.name,
        "size": attachment.size,
        "content_type": attachment.content_type,
    }


def _filtered(rows: QuerySet[Todo], wanted: TodoFilter) -> QuerySet[Todo]:
    if wanted.list_id is not None:
        rows = rows.filter(todo_list_id=wanted.list_id)
    if wanted.is_done is not None:
        rows = rows.filter(done_at__isnull=not wanted.is_done)
    if wanted.due_before is not None:
        rows = rows.filter(due_on__lt=wanted.due_before)
    if wanted.tag is not None:
        rows = rows.filter(tags__icontains=f"\n{wanted.tag}\n")
    if wanted.text is not None:
        rows = rows.filter(Q(title__icontains=wanted.text) | Q(notes__icontains=wanted.text))
    return rows


def _attachments_of(todo_ids: list[UUID | str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if not todo_ids:
        return found
    for attachment in Attachment.objects.filter(todo_id__in=todo_ids).order_by("id"):
        found[str(attachment.todo_id)].append(attachment_document(attachment))
    return found


def _document(row: tuple[Any, ...], attachments: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    identifier, list_id, title, notes, due_on, priority, tags, done_at, version, created_at, updated_at, _ = (
        row
    )
    return {
        "id": identifier,
        "list_id": list_id,
        "title": title,
        "notes": notes,
        "due_on": due_on,
        "priority": priority,
        "tags": split_tags(tags),
        "done_at": done_at,
        "attachments": attachments.get(str(identifier), []) if attachments else [],
        "version": version,
        "created_at": created_at,
        "updated_at": updated_at,
    }
