"""Single rows and pages of lists, in an order and through a filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from chassis.rows import Select, json_rows
from todos.errors import ListNotFound, TodoNotFound
from todos.models import Account, Completion, Conflict, Todo, TodoList
from todos.queries.documents import (
    COMPLETION_COLUMNS,
    CONFLICT_COLUMNS,
    LIST_COLUMNS,
    TODO_COLUMNS,
    attachments_of,
    completion_of_row,
    conflict_document,
    list_of_row,
    todo_of_row,
)

# Stands behind every day that a user can name.
NEVER = date.max


class Order(StrEnum):
    """How to-dos stand on a page: as they were made, as the user ordered them, or what is due first."""

    MADE = "made"
    RANK = "rank"
    DUE = "due"


@dataclass(frozen=True)
class TodoFilter:
    """What a client wants to see; None is everything."""

    list_id: UUID | None = None
    is_done: bool | None = None
    due_before: date | None = None
    due_after: date | None = None
    tag: str | None = None
    text: str | None = None


EVERYTHING = TodoFilter()
BEFORE_ALL = UUID(int=0)
_VERSIONS = Select(
    Account, tuple(field.name for field in Account._meta.concrete_fields), "WHERE subject = %s"
)
_MADE = Select(
    Todo, TODO_COLUMNS, "WHERE subject = %s AND deleted_at IS NULL AND id > %s ORDER BY id LIMIT %s"
)


def read_version(subject: str) -> int:
    """The account's version; 0 before its first change. One primary-key read."""
    found = Account.objects.filter(subject=subject).values_list("version", flat=True)
    return next(iter(found), 0)


def read_account(subject: str) -> Account:
    """The account's versions; of a new one, all are 0. One primary-key read."""
    found = _VERSIONS.json_rows(subject)
    values: Any = found[0] if found else (subject,)
    return Account(*values)


def list_lists(*, subject: str, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Lists in the order in which they were made, as documents. One query."""
    rows = TodoList.objects.filter(subject=subject, deleted_at=None)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [list_of_row(row) for row in json_rows(rows.order_by("id").values_list(*LIST_COLUMNS)[:limit])]


def list_todos(
    *, subject: str, wanted: TodoFilter, order: Order = Order.MADE, after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """To-dos in an order, as documents. One query, and one for attached files."""
    if order is Order.MADE and wanted == EVERYTHING:
        found = _MADE.json_rows(subject, UUID(after[0]) if after else BEFORE_ALL, limit)
    else:
        rows = _filtered(Todo.objects.filter(subject=subject, deleted_at=None), wanted)
        found = json_rows(_ordered(rows, order, after).values_list(*TODO_COLUMNS)[:limit])
    attachments = attachments_of([row[0] for row in found if row[-1]])
    return [todo_of_row(row, attachments) for row in found]


def position_of(order: Order, item: dict[str, Any]) -> list[Any]:
    """Where a page ends that ends with this to-do."""
    if order is Order.MADE:
        return [str(item["id"])]
    key = item["rank"] if order is Order.RANK else item["next_on"] or NEVER
    return [str(key), str(item["id"])]


def list_completions(*, subject: str, todo_id: UUID) -> list[dict[str, Any]]:
    """The occurrences of a to-do that are done, the first one first. One query."""
    rows = Completion.objects.filter(subject=subject, todo_id=todo_id, deleted_at=None)
    return [
        completion_of_row(row)
        for row in json_rows(rows.order_by("occurrence").values_list(*COMPLETION_COLUMNS))
    ]


def list_conflicts(*, subject: str, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """What is undecided, the oldest first. One query."""
    rows = Conflict.objects.filter(subject=subject, deleted_at=None).order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [conflict_document(row) for row in rows.only(*CONFLICT_COLUMNS)[:limit]]


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


def _ordered(rows: QuerySet[Todo], order: Order, after: list[Any] | None) -> QuerySet[Todo]:
    """The rows in a total order, from behind `after` on."""
    if order is Order.MADE:
        rows = rows.filter(id__gt=UUID(after[0])) if after else rows
        return rows.order_by("id")
    read: Callable[[Any], Any] = str
    if order is Order.RANK:
        rows = rows.annotate(place=F("rank"))
    else:
        rows, read = rows.annotate(place=Coalesce("next_on", Value(NEVER))), date.fromisoformat
    if after:
        place, identifier = read(after[0]), UUID(after[1])
        rows = rows.filter(Q(place__gt=place) | Q(place=place, id__gt=identifier))
    return rows.order_by("place", "id")


def _filtered(rows: QuerySet[Todo], wanted: TodoFilter) -> QuerySet[Todo]:
    if wanted.list_id is not None:
        rows = rows.filter(todo_list_id=wanted.list_id)
    if wanted.is_done is not None:
        rows = rows.filter(done_at__isnull=not wanted.is_done)
    if wanted.due_before is not None:
        rows = rows.filter(next_on__lt=wanted.due_before)
    if wanted.due_after is not None:
        rows = rows.filter(next_on__gt=wanted.due_after)
    if wanted.tag is not None:
        rows = rows.filter(tags__icontains=f"\n{wanted.tag}\n")
    # Every word somewhere; a user does not remember the order.
    for word in (wanted.text or "").split():
        rows = rows.filter(Q(title__icontains=word) | Q(notes__icontains=word))
    return rows
