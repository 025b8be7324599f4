"""The account's version: taken under its row lock, written with the rows it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from chassis.bulk import update_row
from chassis.errors import VersionMismatch
from chassis.rows import Select
from todos import events
from todos.models import Account, Completion, Conflict, Todo, TodoList

_CHANGED_AT: dict[type[Model], str] = {
    TodoList: "lists_version",
    Todo: "todos_version",
    Completion: "completions_version",
    Conflict: "conflicts_version",
}

_LOCKED = Select(
    Account, tuple(field.name for field in Account._meta.concrete_fields), "WHERE subject = %s", locks=True
)


def lock_account(subject: str) -> Account:
    """The account's row, locked until the transaction ends: changes of one account come one by one.

    The first row of an account is made without a conflict between two first writers.
    """
    found = _LOCKED.json_rows(subject)
    if not found:
        Account.objects.bulk_create([Account(subject=subject)], ignore_conflicts=True)
        found = _LOCKED.json_rows(subject)
    values: Any = found[0]
    return Account(*values)


def bump(account: Account, kinds: Iterable[type[Model]]) -> int:
    """Count up, for changes of these kinds. Only for a locked account, and only when something has changed.

    Whoever watches the account learns of it with the same transaction.
    """
    account.version += 1
    names = [_CHANGED_AT[kind] for kind in kinds]
    for name in names:
        setattr(account, name, account.version)
    update_row(account, ["version", *sorted(names)])
    events.todos_changed.send(sender=Account, subject=account.subject)
    return account.version


def require_version(actual: int, allowed: frozenset[int] | None) -> None:
    """Refuse a change of something that has changed since the client saw it.

    Raises:
        VersionMismatch: with the version that it has now.
    """
    if allowed is not None and actual not in allowed:
        raise VersionMismatch(current_version=actual)
