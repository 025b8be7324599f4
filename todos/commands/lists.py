"""Lists: made, changed, deleted with all that is in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from chassis.errors import IdTaken
from chassis.identifiers import uuid7
from chassis.transactions import in_transaction, transactional
from todos import queries
from todos.commands.versions import lock_account, next_version, require_version
from todos.models import Account, Todo, TodoList


def create_list(*, subject: str, title: str, colour: str = "", id: UUID | None = None) -> TodoList:
    """Make a list.

    Raises:
        IdTaken: `id` is in use, under this account or another.
    """
    now = timezone.now()

    def insert() -> TodoList:
        version = next_version(lock_account(subject))
        return TodoList.objects.create(
            id=id or uuid7(),
            subject=subject,
            title=title,
            colour=colour,
            version=version,
            created_at=now,
            updated_at=now,
        )

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise IdTaken from error


@transactional
def update_list(
    *, subject: str, list_id: UUID, if_versions: frozenset[int] | None, changes: dict[str, Any]
) -> TodoList:
    """Change title or colour. What changes nothing keeps the version.

    Raises:
        ListNotFound, VersionMismatch.
    """
    account, found = _locked(subject, list_id, if_versions)
    if changed := [name for name, value in changes.items() if getattr(found, name) != value]:
        for name in changed:
            setattr(found, name, changes[name])
        found.version = next_version(account)
        found.updated_at = timezone.now()
        found.save(update_fields=[*changed, "version", "updated_at"])
    return found


@transactional
def delete_list(*, subject: str, list_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Delete a list and its to-dos. All of them become tombstones of one version.

    Raises:
        ListNotFound, VersionMismatch.
    """
    account, found = _locked(subject, list_id, if_versions)
    buried = {"version": next_version(account), "deleted_at": timezone.now(), "updated_at": timezone.now()}
    Todo.objects.filter(todo_list=found, deleted_at=None).update(**buried)
    TodoList.objects.filter(id=found.id).update(**buried)


def _locked(subject: str, list_id: UUID, if_versions: frozenset[int] | None) -> tuple[Account, TodoList]:
    """The account, locked, and its list as it is now: nothing changes it before the transaction ends."""
    account = lock_account(subject)
    found = queries.get_list(subject=subject, list_id=list_id)
    require_version(found.version, if_versions)
    return account, found
