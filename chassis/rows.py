"""Rows as they go into JSON, without a detour over objects that the renderer would only undo.

Django converts each value that SQLite gives, one by one, into an object that orjson makes a text of
again: on a list of a hundred that took longer than the query itself. PostgreSQL's driver makes those
objects in C, so its rows are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from django.db import connections, models, router


def json_rows(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of a `values_list`, each value ready for orjson. One query.

    UUIDs and times may come as texts, in the form that orjson gives them (RFC 9562, RFC 3339).
    """
    connection = connections[rows.db]
    statement, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    if connection.vendor != "sqlite":
        return found
    texts = _texts_of(rows)
    return [_as_text(row, texts) for row in found]


def selected(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a SELECT that Django's own language of queries cannot say. One query."""
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@dataclass(frozen=True)
class Select:
    """A query that is written once, for what is asked all the time: Django takes longer to make the text
    of such a query than the database to answer it.

    `rest` is what follows `FROM`, with `%s` for parameters; UUIDs may be among them. `IN %s` takes a list
    of UUIDs, of any length.
    """

    model: type[models.Model]
    columns: Sequence[str]
    rest: str
    # Lock the rows until the transaction ends, where writers do not wait for each other anyway.
    locks: bool = False

    def json_rows(self, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows in the same form as those of `json_rows`, but that all but numbers are texts. One query.

        No Python object is made of an id or a time on the way.
        """
        choose = router.db_for_write if self.locks else router.db_for_read
        connection = connections[choose(self.model)]
        statement = self._statement_on_postgresql
        if connection.vendor == "sqlite":
            parameters = tuple(map(_on_sqlite, parameters))
            statement = self._statement_on_sqlite
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return _as_texts(found, self._texts) if connection.vendor == "sqlite" and found else found

    @cached_property
    def _texts(self) -> list[tuple[int, Callable[[Any], str]]]:
        """Which columns of SQLite need another form, and which."""
        fields = [_stored(self.model._meta.get_field(name)) for name in self.columns]
        return [(at, _TEXTS[type(field)]) for at, field in enumerate(fields) if type(field) in _TEXTS]

    @cached_property
    def _statement_on_postgresql(self) -> str:
        statement = self._statement(_ON_POSTGRESQL).replace("IN %s", "= ANY(%s)")
        return statement + (" FOR UPDATE" if self.locks else "")

    @cached_property
    def _statement_on_sqlite(self) -> str:
        return self._statement(_ON_SQLITE).replace("IN %s", "IN (SELECT value FROM json_each(%s))")

    def _statement(self, forms: Mapping[type[models.Field[Any, Any]], str]) -> str:
        fields = [self.model._meta.get_field(name) for name in self.columns]
        names = [forms.get(type(_stored(field)), "{0}").format(f'"{field.column}"') for field in fields]  # type: ignore[union-attr]
        return f'SELECT {", ".join(names)} FROM "{self.model._meta.db_table}" {self.rest}'  # noqa: S608


def _on_sqlite(value: Any) -> Any:
    """A parameter as SQLite keeps it: a UUID as its 32 digits, a list of them as JSON."""
    if isinstance(value, list):
        return orjson.dumps([found.hex for found in value]).decode()
    return value.hex if isinstance(value, UUID) else value


# A column that is not selected as it is has no type for SQLite's driver, which leaves it a text then.
_ON_SQLITE: dict[type[models.Field[Any, Any]], str] = dict.fromkeys(
    (models.UUIDField, models.DateTimeField, models.DateField), "+{0}"
)
# The form of RFC 3339 that orjson has: without a fraction where there is none.
_ON_POSTGRESQL: dict[type[models.Field[Any, Any]], str] = {
    models.UUIDField: "{0}::text",
    models.DateTimeField: "replace(to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    ", '.000000Z', 'Z')",
    models.DateField: "to_char({0}, 'YYYY-MM-DD')",
}


def _texts_of(rows: models.QuerySet[Any, Any]) -> list[tuple[int, Callable[[Any], str]]]:
    """Which columns of SQLite need another form, and which."""
    fields = [_stored(rows.model._meta.get_field(name)) for name in rows.query.values_select]
    return [(position, _FORMS[type(field)]) for position, field in enumerate(fields) if type(field) in _FORMS]


def _stored(field: Any) -> Any:
    """The field whose values a column holds: of a foreign key, that of the other table."""
    return _stored(field.target_field) if isinstance(field, models.ForeignKey) else field


def _as_texts(
    rows: list[tuple[Any, ...]], texts: list[tuple[int, Callable[[Any], str]]]
) -> list[tuple[Any, ...]]:
    """The rows with some columns in another form."""
    columns: list[Any] = list(zip(*rows, strict=True))
    for at, form in texts:
        columns[at] = [None if value is None else form(value) for value in columns[at]]
    return list(zip(*columns, strict=True))


def _as_text(row: tuple[Any, ...], texts: list[tuple[int, Callable[[Any], str]]]) -> tuple[Any, ...]:
    values = list(row)
    for position, form in texts:
        if values[position] is not None:
            values[position] = form(values[position])
    return tuple(values)


def _uuid(stored: str) -> str:
    return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"


def _time(stored: datetime) -> str:
    """Django stores UTC; the driver gives it without its zone."""
    return f"{stored.isoformat()}Z"


_FORMS: dict[type[models.Field[Any, Any]], Callable[[Any], str]] = {
    models.UUIDField: _uuid,
    models.DateTimeField: _time,
}
# The same where the driver has left them texts.
_TEXTS: dict[type[models.Field[Any, Any]], Callable[[str], str]] = {
    models.UUIDField: _uuid,
    models.DateTimeField: lambda stored: stored.replace(" ", "T") + "Z",
}
