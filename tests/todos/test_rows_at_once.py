"""Rows that go in many at once are the rows that Django writes one by one."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, connection, models, transaction

from chassis.bulk import insert_rows, new_row
from chassis.renderers import ORJSONRenderer
from chassis.rows import Select, json_rows
from todos.models import Account, Completion, Conflict, OperationResult, Todo, TodoList
from todos.queries.documents import TODO_COLUMNS

NOW = datetime(2026, 11, 26, 1, 2, 3, 450, tzinfo=UTC)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SYNCED: dict[str, Any] = {"subject": "alice", "version": 2**40, "created_at": NOW}
HOME = uuid.uuid4()
MILK = uuid.uuid4()


def some_rows() -> list[models.Model]:
    """One of each, with all that a column can hold."""
    full: dict[str, Any] = {
        "todo_list_id": HOME,
        "parent_id": MILK,
        "notes": "two\nlines, a \\ and 'quotes' {NULL}",
        "due_on": date(9999, 12, 31),
        "due_time": "09:30",
        "due_zone": "Europe/Lisbon",
        "next_on": date(1970, 1, 1),
        "priority": 4,
        "tags": "\na\n",
        "done_at": NOON,
        "deleted_at": NOON,
        "clocks": {"*": [1, "phone"], "ß": [2, 'a"b']},
    }
    times = {**SYNCED, "updated_at": NOON}
    return [
        TodoList(id=HOME, title="Home 🏡", rank="V", is_archived=True, **times),
        Todo(id=MILK, title="NULL", rank="V", **times),
        Todo(id=uuid.uuid4(), title="", rank="W", **{**times, **full}),
        Completion(id=uuid.uuid4(), todo_id=MILK, occurrence=date(2026, 1, 2), done_at=NOON, **SYNCED),
        Conflict(id=uuid.uuid4(), target_id=MILK, losing=None, winning={"a": [None, "%s"]}, **SYNCED),
        OperationResult(
            subject="alice",
            operation_id=uuid.uuid4(),
            fingerprint="f",
            result={"x": "é"},
            created_at=NOW,
            device="phone",
        ),
    ]


def stored(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """What stands in the table, as the driver gives it; JSON as the values that it says."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY 1, 2")
        return [tuple(map(said, row)) for row in cursor.fetchall()]


def said(value: Any) -> str:
    """A value, whatever the spaces and escapes of its JSON."""
    return str(orjson.loads(value)) if str(value).startswith("{") else str(value)


def as_json(rows: list[tuple[Any, ...]]) -> bytes:
    """As the API writes it."""
    return ORJSONRenderer().render(rows)


@pytest.mark.django_db
def test_what_stands_in_the_tables_is_what_django_writes() -> None:
    rows = some_rows()
    kinds = list(dict.fromkeys(type(row) for row in rows))
    for row in rows:
        row.save(force_insert=True)
    by_django = {kind: stored(kind) for kind in kinds}
    for kind in reversed(kinds):
        kind._default_manager.all().delete()

    for kind in kinds:
        insert_rows([row for row in rows if type(row) is kind])

    assert {kind: stored(kind) for kind in kinds} == by_django
    assert sum(map(len, by_django.values())) == len(rows)


@pytest.mark.django_db
def test_a_row_that_is_there_is_replaced_only_if_that_is_said() -> None:
    first, *_ = some_rows()
    insert_rows([first])
    other = TodoList(id=HOME, title="Other", rank="a", **{**SYNCED, "subject": "bob"}, updated_at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([other])
    insert_rows([other], replace=["title", "rank"])

    found = TodoList.objects.get()
    assert (found.title, found.rank, found.subject, found.is_archived) == ("Other", "a", "alice", True)


@pytest.mark.django_db
def test_a_row_that_is_made_quickly_is_the_one_that_the_model_makes() -> None:
    values = {"id": MILK, "title": "Milk", "rank": "V", **SYNCED, "updated_at": NOON, "clocks": {}}
    quick, made = new_row(Todo, values), Todo(**values)

    assert {name: value for name, value in vars(quick).items() if name != "_state"} == {
        name: value for name, value in vars(made).items() if name != "_state"
    }
    assert quick._state.adding
    quick.save()
    assert stored(Todo)[0][0] in (MILK.hex, str(MILK))


@pytest.mark.django_db
def test_a_list_of_ids_may_be_long_or_empty() -> None:
    insert_rows(
        [
            TodoList(id=uuid.UUID(int=number), title="", rank="V", **SYNCED, updated_at=NOON)
            for number in (1, 2, 3)
        ]
    )
    select = Select(TodoList, ("id",), "WHERE subject = %s AND id IN %s ORDER BY id")

    asked = [uuid.UUID(int=number) for number in range(2, 2000)]

    assert select.json_rows("alice", asked) == [(str(uuid.UUID(int=2)),), (str(uuid.UUID(int=3)),)]
    assert select.json_rows("alice", []) == []
    assert select.json_rows("bob", asked) == []


@pytest.mark.django_db
def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_rows([])


@pytest.mark.django_db
def test_a_query_written_once_finds_what_django_finds() -> None:
    insert_rows([Account(subject="alice", version=7), Account(subject="bob", version=9)])
    columns = ("subject", "version")

    found = Select(Account, columns, "WHERE version > %s ORDER BY version").json_rows(7)

    assert found == list(Account.objects.filter(version__gt=7).values_list(*columns))


@pytest.mark.django_db
@pytest.mark.parametrize("moment", [NOW, NOON])
def test_a_query_written_once_gives_the_json_that_django_gives(moment: datetime) -> None:
    rows = some_rows()
    for kind in (TodoList, Todo):
        insert_rows([row for row in rows if type(row) is kind])
    Todo.objects.filter(done_at=None).update(updated_at=moment)

    found = Select(Todo, TODO_COLUMNS, "WHERE subject = %s AND id > %s ORDER BY id").json_rows(
        "alice", uuid.UUID(int=0)
    )

    wanted = json_rows(Todo.objects.order_by("id").values_list(*TODO_COLUMNS))
    assert orjson.loads(as_json(found)) == orjson.loads(as_json(wanted))
    assert len(found) == 2
