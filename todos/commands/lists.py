"""Lists: made, changed, deleted with all that is in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.identifiers import uuid7
from todos.commands.operations import Operation
from todos.commands.sync import carry_out_one
from todos.models import TodoList


def create_list(*, subject: str, id: UUID | None = None, **fields: Any) -> TodoList:
    """Make a list.

    Raises:
        IdTaken: `id` is in use, under this account or another.
    """
    operation = Operation("list.create", id or uuid7(), fields, is_new_id=id is None)
    return carry_out_one(subject, operation)


def update_list(
    *, subject: str, list_id: UUID, if_versions: frozenset[int] | None, changes: dict[str, Any]
) -> TodoList:
    """Change some fields. What changes nothing keeps the version.

    Raises:
        ListNotFound, VersionMismatch.
    """
    operation = Operation("list.update", list_id, changes, if_versions=if_versions)
    return carry_out_one(subject, operation)


def delete_list(*, subject: str, list_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Delete a list and its to-dos. All of them become tombstones of one version.

    Raises:
        ListNotFound, VersionMismatch.
    """
    carry_out_one(subject, Operation("list.delete", list_id, if_versions=if_versions))
