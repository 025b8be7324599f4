"""To-dos: made, changed, completed, deleted. Decided in memory, written once under the account's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from chassis.errors import FieldError, IdTaken, InvalidInput
from chassis.identifiers import uuid7
from chassis.transactions import in_transaction, transactional
from todos import queries
from todos.commands.versions import lock_account, next_version, require_version
from todos.errors import ListNotFound
from todos.models import Account, Todo, join_tags


def create_todo(
    *,
    subject: str,
    title: str,
    list_id: UUID | None = None,
    notes: str = "",
    due_on: date | None = None,
    priority: int | None = None,
    tags: Sequence[str] = (),
    id: UUID | None = None,
) -> Todo:
    """Make a to-do, in a list or in none.

    Raises:
        InvalidInput: at `/list_id`: the subject has no such list.
        IdTaken: `id` is in use, under this account or another.
    """
    now = timezone.now()

    def insert() -> Todo:
        account = lock_account(subject)
        _require_list(subject, list_id)
        return Todo.objects.create(
            id=id or uuid7(),
            subject=subject,
            todo_list_id=list_id,
            title=title,
            notes=notes,
            due_on=due_on,
            priority=priority,
            tags=join_tags(list(tags)),
            version=next_version(account),
            created_at=now,
            updated_at=now,
        )

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise IdTaken from error


@transactional
def update_todo(
    *, subject: str, todo_id: UUID, if_versions: frozenset[int] | None, changes: dict[str, Any]
) -> Todo:
    """Change some fields. What changes nothing keeps the version.

    Raises:
        TodoNotFound, VersionMismatch.
        InvalidInput: at `/list_id`: the subject has no such list.
    """
    account, todo = _locked(subject, todo_id, if_versions)
    wanted = _columns(changes)
    if "todo_list_id" in wanted and wanted["todo_list_id"] != todo.todo_list_id:
        _require_list(subject, wanted["todo_list_id"])
    changed = {name: value for name, value in wanted.items() if getattr(todo, name) != value}
    if changed:
        _write(todo, changed, version=next_version(account))
    return todo


@transactional
def complete_todo(*, subject: str, todo_id: UUID, if_versions: frozenset[int] | None) -> Todo:
    """Mark a to-do done. Doing it twice changes nothing.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    account, todo = _locked(subject, todo_id, if_versions)
    if todo.done_at is None:
        _write(todo, {"done_at": timezone.now()}, version=next_version(account))
    return todo


@transactional
def reopen_todo(*, subject: str, todo_id: UUID, if_versions: frozenset[int] | None) -> Todo:
    """Mark a to-do as not done after all. Doing it twice changes nothing.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    account, todo = _locked(subject, todo_id, if_versions)
    if todo.done_at is not None:
        _write(todo, {"done_at": None}, version=next_version(account))
    return todo


@transactional
def delete_todo(*, subject: str, todo_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Delete a to-do; a tombstone stays. The attached files stay in the folder.

    Raises:
        TodoNotFound, VersionMismatch.
    """
    account, todo = _locked(subject, todo_id, if_versions)
    _write(todo, {"deleted_at": timezone.now()}, version=next_version(account))


def _locked(subject: str, todo_id: UUID, if_versions: frozenset[int] | None) -> tuple[Account, Todo]:
    """The account, locked, and its to-do as it is now: nothing changes it before the transaction ends."""
    account = lock_account(subject)
    todo = queries.get_todo(subject=subject, todo_id=todo_id)
    require_version(todo.version, if_versions)
    return account, todo


def _require_list(subject: str, list_id: UUID | None) -> None:
    if list_id is None:
        return
    try:
        queries.get_list(subject=subject, list_id=list_id)
    except ListNotFound as error:
        detail = "There is no such list. Name one of yours, or none."
        raise InvalidInput(
            f"/list_id: {detail}", errors=[FieldError("/list_id", "unknown-list", detail)]
        ) from error


def _columns(changes: dict[str, Any]) -> dict[str, Any]:
    """The names of the API as those of the table."""
    columns = dict(changes)
    if "list_id" in columns:
        columns["todo_list_id"] = columns.pop("list_id")
    if "tags" in columns:
        columns["tags"] = join_tags(list(columns["tags"]))
    return columns


def _write(todo: Todo, changed: dict[str, Any], *, version: int) -> None:
    for name, value in changed.items():
        setattr(todo, name, value)
    todo.version = version
    todo.updated_at = timezone.now()
    todo.save(update_fields=[*changed, "version", "updated_at"])
