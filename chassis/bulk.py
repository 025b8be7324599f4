"""Rows of one table written in one statement, without a detour over the query compiler.

Django prepares every value of every row by several calls and makes the text of the statement anew: for a
hundred rows of twenty columns that took a third of the request. Here the text of a table is made once, and
a value is converted only where its column needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

import orjson
from django.db import DatabaseError, connections, models, router
from django.db.models.base import ModelState

Convert = Callable[[Any], Any]
Row = TypeVar("Row", bound=models.Model)


def new_row(model: type[Row], values: Mapping[str, Any]) -> Row:
    """A row that is not stored yet, of values by attribute (`todo_list_id`), else the defaults of its fields.

    As `model(**values)` without checks and signals, which took longer than all else that is done for a row.
    A default that is made by a call must be among `values`.
    """
    row = model.__new__(model)
    row.__dict__.update(_defaults(model))
    row.__dict__.update(values)
    row._state = ModelState()
    return row


def insert_rows(rows: Sequence[models.Model], *, replace: Sequence[str] = ()) -> None:
    """Insert rows of one model as they are: nothing is computed, no signal is sent.

    `replace` names the columns that a row gets which is there already, by its primary key; without it that
    is an IntegrityError.
    """
    if rows:
        model = type(rows[0])
        values_of = _values_of(model)
        insert_values(model, [values_of(vars(row)) for row in rows], replace=replace)


def insert_values(
    model: type[models.Model], rows: Sequence[tuple[Any, ...]], *, replace: Sequence[str] = ()
) -> None:
    """The same for rows that are nobody's objects: each has its values in the order of the columns."""
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    is_many = connection.vendor == "postgresql" and len(rows) > 1
    statement = _statement(model, connection.vendor, tuple(replace), is_many)
    forms = _columns(model, connection.vendor).values()
    columns = list(map(_converted, zip(*rows, strict=True), forms))
    with connection.cursor() as cursor:
        if is_many:
            cursor.execute(statement, columns)
        elif len(rows) == 1:
            cursor.execute(statement, [value for (value,) in columns])
        else:
            cursor.executemany(statement, list(zip(*columns, strict=True)))


def update_row(row: models.Model, names: Sequence[str]) -> None:
    """Write these fields of a row as they are: nothing is computed, no signal is sent.

    Raises:
        DatabaseError: the row is not there.
    """
    model = type(row)
    connection = connections[router.db_for_write(model)]
    columns = _columns(model, connection.vendor)
    statement, attributes = _update(model, tuple(names))
    with connection.cursor() as cursor:
        cursor.execute(statement, [_value(row, name, columns) for name in attributes])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{row} is not there to be written.")


def _value(row: models.Model, name: str, columns: dict[str, Convert | None]) -> Any:
    value, convert = getattr(row, name), columns[name]
    return value if convert is None or value is None else convert(value)


@lru_cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[str]]:
    """The statement, and the attributes of its parameters."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key = model._meta.pk
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    text = f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key.column}" = %s'  # noqa: S608
    return text, [field.attname for field in (*fields, key)]


def _converted(column: Sequence[Any], convert: Convert | None) -> list[Any]:
    if convert is None:
        return list(column)
    return [None if value is None else convert(value) for value in column]


@lru_cache
def _values_of(model: type[models.Model]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """What takes the values out of a row that is loaded whole, in the order of the columns."""
    return itemgetter(*(field.attname for field in model._meta.concrete_fields))


@lru_cache
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    """What a column holds of which nothing is said, but for what is made anew for each row."""
    fields: list[Any] = list(model._meta.concrete_fields)
    return {
        field.attname: field.get_default()
        for field in fields
        if not (field.has_default() and callable(field.default))
    }


@lru_cache
def _columns(model: type[models.Model], vendor: str) -> dict[str, Convert | None]:
    """The attributes of a row in the order of its columns, and what makes parameters of them."""
    forms = _FORMS[vendor]
    return {field.attname: forms.get(type(_stored(field))) for field in model._meta.concrete_fields}


@lru_cache
def _statement(model: type[models.Model], vendor: str, replace: tuple[str, ...], is_many: bool) -> str:
    fields = model._meta.concrete_fields
    connection = connections[router.db_for_write(model)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    text = f'INSERT INTO "{model._meta.db_table}" ({names}) '
    if is_many:
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


@lru_cache(maxsize=64)
def _time(value: datetime) -> str:
    """As Django stores it: UTC without its zone. Most rows of a statement were made at one moment."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_FORMS: dict[str, dict[type[models.Field[Any, Any]], Convert]] = {
    "sqlite": {
        models.UUIDField: lambda value: value.hex,
        models.DateTimeField: _time,
        models.DateField: str,
        models.JSONField: _json,
    },
    "postgresql": {models.JSONField: _json},
}
