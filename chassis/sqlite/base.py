"""Django's SQLite, which puts the driver's question marks into a statement once, not each time it is run.

It did so by a regular expression over the whole text: of a row of twenty columns that took a quarter of
what the database itself needs for it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base


@lru_cache(maxsize=512)
def _with_question_marks(query: str) -> str:
    return str(base.FORMAT_QMARK_REGEX.sub("?", query)).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    """A cursor."""

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """The statement as the driver reads it."""
        if param_names is None:
            return _with_question_marks(query)
        return str(super().convert_query(query, param_names=param_names))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection."""

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of ours."""
        return self.connection.cursor(factory=Cursor)
