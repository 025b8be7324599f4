"""Rows as they go into JSON, without a detour over objects that the renderer would only undo.

Django converts each value that SQLite gives, one by one, into an object that orjson makes a text of
again: on a list of a hundred that took longer than the query itself. PostgreSQL's driver makes those
objects in C, so its rows are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

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

    `rest` is what follows `FROM`, with `%s` for parameters; UUIDs may be among them.
    """

    model: type[models.Model]
    columns: Sequence[str]
    rest: str

    def tuples(self, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows as the driver gives them: only for columns that are texts and numbers everywhere."""
        return self._fetch(parameters)[1]

    def json_rows(self, *parameters: Any) -> list[tuple[Any, ...]]:
        """The same as `json_rows`. One query."""
        vendor, found = self._fetch(parameters)
        return [_as_text(row, self._texts) for row in found] if vendor == "sqlite" else found

    def _fetch(self, parameters: Sequence[Any]) -> tuple[str, list[tuple[Any, ...]]]:
        connection = connections[router.db_for_read(self.model)]
        if connection.vendor == "sqlite":
            parameters = [value.hex if isinstance(value, UUID) else value for value in parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._statement, parameters)
            return connection.vendor, cursor.fetchall()

    @cached_property
    def _statement(self) -> str:
        names = ", ".join(f'"{self._field(name).column}"' for name in self.columns)
        return f'SELECT {names} FROM "{self.model._meta.db_table}" {self.rest}'  # noqa: S608 - our own names

    @cached_property
    def _texts(self) -> list[tuple[int, Callable[[Any], str]]]:
        return _forms_of([self._field(name) for name in self.columns])

    def _field(self, name: str) -> Any:
        return self.model._meta.get_field(name)


def _texts_of(rows: models.QuerySet[Any, Any]) -> list[tuple[int, Callable[[Any], str]]]:
    """Which columns of SQLite need another form, and which."""
    return _forms_of([rows.model._meta.get_field(name) for name in rows.query.values_select])


def _forms_of(fields: list[Any]) -> list[tuple[int, Callable[[Any], str]]]:
    stored = [_stored(field) for field in fields]
    return [(position, _FORMS[type(field)]) for position, field in enumerate(stored) if type(field) in _FORMS]


def _stored(field: Any) -> Any:
    """The field whose values a column holds: of a foreign key, that of the other table."""
    return _stored(field.target_field) if isinstance(field, models.ForeignKey) else field


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
