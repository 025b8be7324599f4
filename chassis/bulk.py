"""Many rows of one table in one statement, without a detour over the query compiler.

Django prepares every value of every row by several calls and makes the text of the statement anew: for a
hundred rows of twenty columns that took a third of the request. Here the text of a table is made once, and
a value is converted only where its column needs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connections, models, router

Convert = Callable[[Any], Any]


def insert_rows(rows: Sequence[models.Model], *, replace: Sequence[str] = ()) -> None:
    """Insert rows of one model as they are: nothing is computed, no signal is sent.

    `replace` names the columns that a row gets which is there already, by its primary key; without it that
    is an IntegrityError.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    statement = _statement(model, connection.vendor, tuple(replace))
    values = [_column(rows, name, convert) for name, convert in _columns(model, connection.vendor)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(statement, values)
        else:
            cursor.executemany(statement, list(zip(*values, strict=True)))


def _column(rows: Sequence[models.Model], name: str, convert: Convert | None) -> list[Any]:
    values = [getattr(row, name) for row in rows]
    if convert is None:
        return values
    return [None if value is None else convert(value) for value in values]


@lru_cache
def _columns(model: type[models.Model], vendor: str) -> list[tuple[str, Convert | None]]:
    """The attributes of a row in the order of its columns, and what makes parameters of them."""
    forms = _FORMS[vendor]
    return [(field.attname, forms.get(type(_stored(field)))) for field in model._meta.concrete_fields]


@lru_cache
def _statement(model: type[models.Model], vendor: str, replace: tuple[str, ...]) -> str:
    fields = model._meta.concrete_fields
    connection = connections[router.db_for_write(model)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    text = f'INSERT INTO "{model._meta.db_table}" ({names}) '
    if vendor == "postgresql":
        # One parameter a column, however many rows: the plan is made once.
        types = [str(field.db_type(connection)).partition("(")[0] for field in fields]
        text += f"SELECT * FROM UNNEST({', '.join(f'(%s)::{name}[]' for name in types)})"  # noqa: S608
    else:
        text += f"VALUES ({', '.join(['%s'] * len(fields))})"
    if replace:
        taken = (f'"{name}" = excluded."{name}"' for name in map(_column_of(model), replace))
        text += f' ON CONFLICT ("{model._meta.pk.column}") DO UPDATE SET {", ".join(taken)}'
    return text


def _column_of(model: type[models.Model]) -> Callable[[str], str]:
    return lambda name: str(model._meta.get_field(name).column)  # type: ignore[union-attr]


def _stored(field: Any) -> Any:
    """The field whose values a column holds: of a foreign key, that of the other table."""
    return _stored(field.target_field) if isinstance(field, models.ForeignKey) else field


def _time(value: datetime) -> str:
    """As Django stores it: UTC without its zone."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


_FORMS: dict[str, dict[type[models.Field[Any, Any]], Convert]] = {
    "sqlite": {
        models.UUIDField: lambda value: value.hex,
        models.DateTimeField: _time,
        models.DateField: str,
        models.JSONField: json.dumps,
    },
    "postgresql": {models.JSONField: json.dumps},
}
