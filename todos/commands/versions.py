"""The account's version: taken under its row lock, written with the rows it belongs to."""

from __future__ import annotations

from chassis.errors import VersionMismatch
from todos.models import Account


def lock_account(subject: str) -> Account:
    """The account's row, locked until the transaction ends: changes of one account come one by one.

    The first row of an account is made without a conflict between two first writers.
    """
    account = Account.objects.select_for_update().filter(subject=subject).first()
    if account is None:
        Account.objects.bulk_create([Account(subject=subject)], ignore_conflicts=True)
        account = Account.objects.select_for_update().get(subject=subject)
    return account


def next_version(account: Account) -> int:
    """Count up. Only for a locked account, and only when something has changed."""
    account.version += 1
    account.save(update_fields=["version"])
    return account.version


def require_version(actual: int, allowed: frozenset[int] | None) -> None:
    """Refuse a change of something that has changed since the client saw it.

    Raises:
        VersionMismatch: with the version that it has now.
    """
    if allowed is not None and actual not in allowed:
        raise VersionMismatch(current_version=actual)
