"""To-dos: made, changed, completed, deleted; each one operation, carried out as a device's would be."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from chassis.errors import FieldError, InvalidInput
from chassis.identifiers import uuid7
from todos.commands.operations import Operation
from todos.commands.sync import carry_out_one
from todos.models import Todo
from todos.values import ValueRefused, complete_due


def create_todo(*, subject: str, id: UUID | None = None, **fields: Any) -> Todo:
    """Make a to-do, in a list or in none.

    Raises:
        InvalidInput: at `/list_id` or `/parent_id`: the subject has none of this id.
        IdTaken: `id` is in use, under this account or another.
    """
    operation = Operation("todo.create", id or uuid7(), _whole(fields), is_new_id=id is None)
    return carry_out_one(subject, operation)


def update_todo(
    *, subject: str, todo_id: UUID, if_versions: frozenset[int] | None, changes: dict[str, Any]
) -> Todo:
    """Change some fields. What changes nothing keeps the version.

    Raises:
        TodoNotFound, VersionMismatch, ParentCycle.
        InvalidInput: at `/list_id` or `/parent_id`: the subject has none of this id.
    """
    operation = Operation("todo.update", todo_id, _whole(changes), if_versions=if_versions)
    return carry_out_one(subject, operation)


def complete_todo(
    *, subject: str, todo_id: UUID, if_versions: frozenset[int] | None, occurrence: date | None = None
) -> Todo:
    """Mark a to-do, or one occurrence of it, done. Doing it twice changes nothing.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    operation = Operation("todo.complete", todo_id, {"occurrence": occurrence}, if_versions=if_versions)
    return carry_out_one(subject, operation)


def reopen_todo(
    *, subject: str, todo_id: UUID, if_versions: frozenset[int] | None, occurrence: date | None = None
) -> Todo:
    """Mark a to-do, or one occurrence of it, as not done after all. Doing it twice changes nothing.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    operation = Operation("todo.reopen", todo_id, {"occurrence": occurrence}, if_versions=if_versions)
    return carry_out_one(subject, operation)


def delete_todo(*, subject: str, todo_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Delete a to-do and those that belong to it; tombstones stay. Attached files stay in the folder.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    carry_out_one(subject, Operation("todo.delete", todo_id, if_versions=if_versions))


def resolve_conflict(*, subject: str, conflict_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Forget a conflict: the user has decided.

    Raises:
        ConflictNotFound, VersionMismatch.
    """
    carry_out_one(subject, Operation("conflict.resolve", conflict_id, if_versions=if_versions))


def _whole(fields: dict[str, Any]) -> dict[str, Any]:
    try:
        return complete_due(fields)
    except ValueRefused as error:
        raise InvalidInput(
            f"/due_on: {error}", errors=[FieldError("/due_on", error.code, str(error))]
        ) from error
