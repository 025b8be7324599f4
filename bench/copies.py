"""Many accounts out of one: copies of everything that one account has, made inside the database.

The first account is filled through the API, so its rows are as the service writes them. Its subject
and all its ids end in twelve zeros (`identifier`, `subject`), which become the number of the copy; so
this file knows no table and no column.

    python -m bench.copies APP FIRST LAST     # with the settings of the server whose database it is
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

_TAIL = "0" * 12
_CHUNK = 20_000


def identifier(row: int, account: int = 0) -> str:
    """The UUIDv7 of a row of an account: its rows come in the order of time."""
    time = f"{0x0190_0000_0000 + row * 60_000:012x}"
    return f"{time[:8]}-{time[8:]}-7000-8000-{account:012x}"


def subject(account: int) -> str:
    """The subject of an account."""
    return f"bench-{account:012x}"


def copy_accounts(app: str, first: int, last: int) -> None:
    """Make the accounts from `first` up to `last` in every table of an app."""
    from django.apps import apps
    from django.db import connection

    copy = _copy_on_postgresql if connection.vendor == "postgresql" else _copy_on_sqlite
    for model in apps.get_app_config(app).get_models():
        columns = [str(field.column) for field in model._meta.concrete_fields if not _is_counted(field)]
        copy(connection, model._meta.db_table, columns, range(first, last + 1))


def _is_counted(field: Any) -> bool:
    """Whether the database numbers the rows by itself."""
    from django.db.models import AutoField, BigAutoField

    return isinstance(field, AutoField | BigAutoField)


def _copy_on_postgresql(connection: Any, table: str, columns: list[str], accounts: range) -> None:
    """By COPY, as text. Triggers rest, those of foreign keys too: a copy of sound rows is sound."""
    names = f"{table} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        driver = cursor.cursor  # psycopg's own, below Django's
        with driver.copy(f"COPY {names} TO STDOUT") as source:
            rows = b"".join(source).splitlines(keepends=True)
        templates = [row for row in rows if b"-" + _TAIL.encode() in row]
        cursor.execute("SET session_replication_role = replica")
        copies = (
            row.replace(b"-" + _TAIL.encode(), b"-%012x" % account)
            for row, account in _each(templates, accounts)
        )
        with driver.copy(f"COPY {names} FROM STDIN") as target:
            while chunk := b"".join(islice(copies, _CHUNK)):
                target.write(chunk)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(f"ANALYZE {table}")


def _copy_on_sqlite(connection: Any, table: str, columns: list[str], accounts: range) -> None:
    names = ", ".join(columns)
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table}")
        templates = [row for row in cursor.fetchall() if any(map(_is_numbered, row))]
        copies = (
            tuple(_numbered(value, account) for value in row) for row, account in _each(templates, accounts)
        )
        cursor.execute("BEGIN")
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", copies)
        cursor.execute("COMMIT")
        cursor.execute("ANALYZE")


def _each(templates: list[Any], accounts: range) -> Iterator[tuple[Any, int]]:
    """The copies of one row follow each other.

    An account's to-dos come over the years, between those of all others: neither in the tables nor in
    the indexes do the rows of one account lie side by side.
    """
    return ((row, account) for row in templates for account in accounts)


def _is_numbered(value: Any) -> bool:
    return isinstance(value, str) and value.endswith(_TAIL)


def _numbered(value: Any, account: int) -> Any:
    return f"{value[: -len(_TAIL)]}{account:012x}" if _is_numbered(value) else value


if __name__ == "__main__":
    import django

    django.setup()
    copy_accounts(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
