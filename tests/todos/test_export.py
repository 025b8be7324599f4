"""Everything taken away as a file, and taken in again."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos import commands
from todos.models import Todo, TodoList

BASE = "/api/todos/v1"


@pytest.fixture
def world(make_list: Callable[..., TodoList], make_todo: Callable[..., Todo], alice: ApiClient) -> None:
    """A list, to-dos in it and below each other, done and coming again."""
    found = make_list(title="Home", colour="#1f5fa8")
    parent = make_todo(title="Trip", list_id=found.id, tags=["a", "b"])
    child = make_todo(
        title="Pack", parent_id=parent.id, due_on=date(2026, 12, 24), due_time="09:00", due_zone="UTC"
    )
    weekly = make_todo(title="Plants", due_on=date(2026, 12, 7), recurrence="FREQ=WEEKLY")
    alice.post(f"{TODOS}/{child.id}/complete", {})
    alice.post(f"{TODOS}/{weekly.id}/complete", {"occurrence": "2026-12-07"})


def plain(document: Any) -> Any:
    """Rows without what a new account gives them anew."""
    new = {"version", "created_at", "updated_at", "id", "list_id", "parent_id", "todo_id", "done_at"}
    return {
        kind: sorted(
            str({name: value for name, value in row.items() if name not in new}) for row in document[kind]
        )
        for kind in ("lists", "todos", "completions")
    }


def with_new_ids(document: Any) -> Any:
    """The same, as another account may have it: ids are taken."""
    names: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        return names.setdefault(value, str(uuid.uuid4())) if value else value

    return {
        kind: [
            {
                **row,
                **{
                    name: renamed(row[name])
                    for name in ("id", "list_id", "parent_id", "todo_id")
                    if name in row
                },
            }
            for row in document[kind]
        ]
        for kind in ("lists", "todos", "completions")
    }


@pytest.mark.usefixtures("world")
def test_an_export_taken_in_elsewhere_is_the_same(alice: ApiClient, mallory: ApiClient) -> None:
    exported = alice.get(f"{BASE}/export.json")
    document = with_new_ids(exported.json())

    imported = mallory.post(f"{BASE}/import", document)

    assert "attachment" in exported["Content-Disposition"]
    assert imported.json() == {"made": 4, "there_already": 0, "refused": []}
    assert plain(mallory.get(f"{BASE}/export.json").json()) == plain(exported.json())


@pytest.mark.usefixtures("world")
def test_taking_in_what_is_there_changes_nothing(alice: ApiClient) -> None:
    document = alice.get(f"{BASE}/export.json").json()
    rows = {kind: document[kind] for kind in ("lists", "todos", "completions")}

    first = alice.post(f"{BASE}/import", rows)
    second = alice.post(f"{BASE}/import", rows)

    assert first.json() == second.json() == {"made": 0, "there_already": 4, "refused": []}
    assert alice.get(f"{BASE}/export.json").json() == document


@pytest.mark.usefixtures("world")
def test_what_another_has_is_not_taken_over(alice: ApiClient, mallory: ApiClient) -> None:
    before = alice.get(f"{BASE}/export.json").json()

    mallory.post(f"{BASE}/import", {kind: before[kind] for kind in ("lists", "todos", "completions")})

    assert alice.get(f"{BASE}/export.json").json() == before
    assert mallory.get(TODOS).json()["items"] == []


def test_a_bad_row_is_named_and_the_others_are_taken_in(alice: ApiClient) -> None:
    good, bad = str(uuid.uuid4()), str(uuid.uuid4())
    rows = [{"id": bad, "title": "x" * 501}, {"id": good, "title": "Milk"}]

    answer = alice.post(f"{BASE}/import", {"todos": rows}).json()

    assert (answer["made"], [row["id"] for row in answer["refused"]]) == (1, [bad])
    assert answer["refused"][0]["problem"]["errors"][0]["pointer"] == "/set/title"


def test_an_import_is_bounded(alice: ApiClient) -> None:
    rows = [{"id": str(uuid.uuid4()), "title": "a"} for _ in range(1001)]

    many = alice.post(f"{BASE}/import", {"todos": rows})
    too_many = alice.post(f"{BASE}/import", {"todos": rows * 100})
    formless = alice.post(f"{BASE}/import", {"completions": [[None]]})
    nameless = alice.post(f"{BASE}/import", {"todos": [{"title": "a"}]})

    assert (many.status_code, too_many.status_code, nameless.status_code) == (400, 413, 400)
    assert formless.status_code == 400
    assert nameless.json()["errors"][0]["pointer"] == "/todos/0/id"
    assert not Todo.objects.exists()


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_no_cell_of_the_table_is_a_formula(alice: ApiClient, title: str) -> None:
    commands.create_todo(subject="alice", title=title, notes="\t=1", tags=["=2"])

    response = alice.get(f"{BASE}/export.csv")

    (row,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert row["title"] == f"'{title}"
    assert row["notes"].startswith("'")
    assert row["tags"] == "'=2"
