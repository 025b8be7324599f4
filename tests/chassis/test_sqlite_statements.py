"""Statements as SQLite's driver reads them: as Django would put them, made once."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's driver reads %s itself"),
]


@pytest.mark.parametrize(
    ("statement", "parameters", "answer"),
    [
        ("SELECT %s || %s", ["a", "b"], "ab"),
        ("SELECT '100 %%' || %s", ["!"], "100 %!"),
        ("SELECT '%%s' || %s", ["!"], "%s!"),
        ("SELECT %(one)s || %(two)s || %(one)s", {"one": "a", "two": "b"}, "aba"),
        ("SELECT '%s'", None, "%s"),
    ],
)
def test_parameters_stand_where_they_were_put(statement: str, parameters: object, answer: str) -> None:
    with connection.cursor() as cursor:
        first = cursor.execute(statement, parameters).fetchone()  # type: ignore[arg-type]
        again = cursor.execute(statement, parameters).fetchone()  # type: ignore[arg-type]

    assert first == again == (answer,)


def test_many_rows_go_through_the_same_door() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE pairs (a, b)")
        cursor.executemany("INSERT INTO pairs VALUES (%s, %s || '%%')", [(1, "x"), (2, "y")])
        found = cursor.execute("SELECT a, b FROM pairs ORDER BY a").fetchall()
        cursor.execute("DROP TABLE pairs")

    assert found == [(1, "x%"), (2, "y%")]
