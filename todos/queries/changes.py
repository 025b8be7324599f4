"""What is new since a version, and all that is there at one version.

The version is read first, then rows up to it. A row that changes in between is left out here and comes
with the next look, so nothing is missed and no lock is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from chassis.rows import Select, json_rows
from todos.errors import CursorExpired
from todos.models import Account, Completion, Conflict, Todo, TodoList
from todos.queries.documents import (
    COMPLETION_COLUMNS,
    CONFLICT_COLUMNS,
    LIST_COLUMNS,
    TODO_COLUMNS,
    attachments_of,
    completion_of_row,
    conflict_of_row,
    list_of_row,
    todo_of_row,
)

_FIRST = UUID(int=0)


@dataclass(frozen=True, order=True)
class Position:
    """How far a device has come: all changes up to `version` and, of the next one, ids up to `row`.

    It knows that the account has been at `seen`: what it is told next is no older.
    """

    version: int = 0
    row: UUID | None = None
    seen: int = field(default=0, compare=False)


START = Position()


@dataclass
class Changes:
    """Rows by kind, and what was deleted. `position` is where the next look begins."""

    position: Position
    is_last: bool = True
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class SnapshotPage:
    """Rows by kind as of `version`; `after` is where the next page begins, None after the last one."""

    version: int
    rows: dict[str, list[dict[str, Any]]]
    after: tuple[str, UUID] | None


@dataclass(frozen=True)
class _Kind:
    """One of the tables that sync."""

    model: type[Model]
    columns: tuple[str, ...]
    singular: str
    # The account's column with the version of the last change here.
    changed_at: str
    document: Callable[..., dict[str, Any]]


_TABLES: dict[str, _Kind] = {
    "lists": _Kind(TodoList, LIST_COLUMNS, "list", "lists_version", list_of_row),
    "todos": _Kind(Todo, TODO_COLUMNS, "todo", "todos_version", todo_of_row),
    "completions": _Kind(
        Completion, COMPLETION_COLUMNS, "completion", "completions_version", completion_of_row
    ),
    "conflicts": _Kind(Conflict, CONFLICT_COLUMNS, "conflict", "conflicts_version", conflict_of_row),
}
KINDS = tuple(_TABLES)


def require_current(account: Account, position: Position) -> None:
    """Refuse to go on from where tombstones are missing since.

    Raises:
        CursorExpired: the device may hold what was deleted, and would never learn of it.
    """
    if position != START and position.version < account.pruned_version:
        raise CursorExpired


def read_changes(account: Account, *, since: Position, limit: int) -> Changes:
    """The next changes, oldest first. One query for each kind that has any, and one for attached files."""
    found: list[tuple[int, str, str, tuple[Any, ...]]] = []
    for kind, table in _TABLES.items():
        if getattr(account, table.changed_at) > since.version:
            at = table.columns.index("version")
            read = _newer(table, account, since, limit + 1)
            found += [(row[at], str(row[0]), kind, row) for row in read]
    found.sort(key=lambda change: change[:2])
    page, is_last = found[:limit], len(found) <= limit
    changes = Changes(Position(account.version), is_last)
    if not is_last:
        changes.position = Position(page[-1][0] - 1, UUID(page[-1][1]))
    _present(changes, page)
    return changes


def read_snapshot_page(
    account: Account, *, version: int, after: tuple[str, UUID] | None, limit: int
) -> SnapshotPage:
    """The next rows, kind by kind, that were as they are at `version`. A query a kind, one for files."""
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    left = limit
    start = KINDS.index(after[0]) if after else 0
    for kind in KINDS[start:]:
        table = _TABLES[kind]
        if not getattr(account, table.changed_at):
            continue
        behind = after[1] if after and after[0] == kind else _FIRST
        found = _there(table, account, version, behind, left + 1)
        rows[kind] = _documents(table, found[:left])
        if len(found) > left:
            last = (kind, UUID(str(found[left - 1][0]))) if left else (kind, _FIRST)
            return SnapshotPage(version, rows, last)
        left -= len(found)
    return SnapshotPage(version, rows, None)


def _there(table: _Kind, account: Account, version: int, behind: UUID, limit: int) -> list[tuple[Any, ...]]:
    """The rows behind an id that were as they are at a version."""
    if table.model in (TodoList, Todo):
        select = _there_at(table.model, table.columns)
        return select.json_rows(account.subject, version, behind, limit)
    rows = table.model._default_manager.filter(
        subject=account.subject, version__lte=version, deleted_at=None, id__gt=behind
    )
    if table.model is Completion:
        # With a deleted to-do its completions go, on every device.
        rows = rows.filter(todo__deleted_at=None)
    return _read(table, rows.order_by("id"), table.columns, limit)


@cache
def _there_at(model: type[Model], columns: tuple[str, ...]) -> Select:
    where = "subject = %s AND version <= %s AND deleted_at IS NULL AND id > %s"
    return Select(model, columns, f"WHERE {where} ORDER BY id LIMIT %s")


def _newer(table: _Kind, account: Account, since: Position, limit: int) -> list[tuple[Any, ...]]:
    """The rows behind a place: of the version that was begun, those with ids behind its row."""
    columns = (*table.columns, "deleted_at")
    begun, behind = since.version + 1, since.row or _FIRST
    if table.model is not Conflict:
        return _newer_than(table.model, columns).json_rows(
            account.subject, account.version, begun, begun, behind, limit
        )
    rows = Conflict.objects.filter(subject=account.subject, version__range=(begun, account.version))
    rows = rows.filter(Q(version__gt=begun) | Q(id__gt=behind)).order_by("version", "id")
    return _read(table, rows, columns, limit)


@cache
def _newer_than(model: type[Model], columns: tuple[str, ...]) -> Select:
    where = "subject = %s AND version <= %s AND version >= %s AND (version > %s OR id > %s)"
    return Select(model, columns, f"WHERE {where} ORDER BY version, id LIMIT %s")


def _read(table: _Kind, rows: QuerySet[Any], columns: tuple[str, ...], limit: int) -> list[tuple[Any, ...]]:
    wanted = rows.values_list(*columns)[:limit]
    # One driver gives JSON columns as texts and the other as values; Django, always values.
    return list(wanted) if table.model is Conflict else json_rows(wanted)


def _documents(table: _Kind, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    if table.model is not Todo:
        return [table.document(row) for row in rows]
    attachments = attachments_of([row[0] for row in rows if row[-1]])
    return [table.document(row, attachments) for row in rows]


def _present(changes: Changes, page: list[tuple[int, str, str, tuple[Any, ...]]]) -> None:
    for kind, table in _TABLES.items():
        mine = [row for _, _, found, row in page if found == kind]
        changes.rows[kind] = _documents(table, [row[:-1] for row in mine if row[-1] is None])
        at = table.columns.index("version")
        changes.deleted += [
            {"kind": table.singular, "id": row[0], "version": row[at]} for row in mine if row[-1] is not None
        ]
