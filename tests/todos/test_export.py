"""Everything taken away as a file, and taken in again."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
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


def test_what_was_refused_may_come_in_once_it_has_what_it_lacked(alice: ApiClient) -> None:
    place = {"id": str(uuid.uuid4()), "title": "Home"}
    todo = {
        "id": str(uuid.uuid4()),
        "title": "Milk",
        "list_id": place["id"],
        "done_at": "2026-11-01T00:00:00Z",
    }

    too_early = alice.post(f"{BASE}/import", {"todos": [todo]}).json()
    alice.post(f"{BASE}/import", {"lists": [place]})
    again = alice.post(f"{BASE}/import", {"todos": [todo]}).json()

    assert (too_early["made"], len(too_early["refused"])) == (0, 2)
    assert again == {"made": 1, "there_already": 0, "refused": []}
    assert alice.get(TODOS).json()["items"][0]["done_at"]


def test_what_was_taken_in_and_deleted_does_not_come_back(alice: ApiClient) -> None:
    todo = {"id": str(uuid.uuid4()), "title": "Milk", "done_at": "2026-11-01T00:00:00Z"}
    alice.post(f"{BASE}/import", {"todos": [todo]})
    alice.delete(f"{TODOS}/{todo['id']}")

    again = alice.post(f"{BASE}/import", {"todos": [todo]}).json()

    assert (again["refused"], alice.get(TODOS).json()["items"]) == ([], [])


def test_an_account_of_thousands_comes_in_again_as_it_went_out(alice: ApiClient, mallory: ApiClient) -> None:
    place = str(uuid.uuid4())
    rows = [
        {"id": str(uuid.uuid4()), "title": f"to-do {number}", "list_id": place, "notes": "n" * 200}
        for number in range(2500)
    ]
    alice.post(f"{BASE}/import", {"lists": [{"id": place, "title": "Home"}], "todos": rows})
    exported = alice.get(f"{BASE}/export.json").json()

    imported = mallory.post(f"{BASE}/import", {**exported, **with_new_ids(exported)})

    assert len(orjson.dumps(exported)) > 512 * 1024
    assert imported.json() == {"made": 2501, "there_already": 0, "refused": []}
    assert plain(mallory.get(f"{BASE}/export.json").json()) == plain(exported)


def test_an_import_is_bounded(alice: ApiClient) -> None:
    rows = [{"id": f"{number:08x}-0000-4000-8000-000000000000", "title": "a"} for number in range(10_001)]

    many = alice.post(f"{BASE}/import", {"todos": rows})
    too_many = alice.post(f"{BASE}/import", {"todos": rows * 10})
    formless = alice.post(f"{BASE}/import", {"completions": [[None]]})
    nameless = alice.post(f"{BASE}/import", {"todos": [{"title": "a"}]})

    assert (many.status_code, too_many.status_code, nameless.status_code) == (400, 413, 400)
    assert many.json()["errors"][0]["code"] == "too-many"
    assert "Send the export in parts" in too_many.json()["detail"]
    assert formless.status_code == 400
    assert nameless.json()["errors"][0]["pointer"] == "/todos/0/id"
    assert not Todo.objects.exists()


def test_other_addresses_read_no_more_than_before(alice: ApiClient) -> None:
    response = alice.post(TODOS, {"title": "Milk", "notes": "n" * 600_000})

    assert (response.status_code, response.json()["type"].endswith("/body-too-large")) == (413, True)


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"])
def test_no_cell_of_the_table_is_a_formula(alice: ApiClient, title: str) -> None:
    commands.create_todo(subject="alice", title=title, notes="\t=1", tags=["=2"])

    response = alice.get(f"{BASE}/export.csv")

    (row,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert row["title"] == f"'{title}"
    assert row["notes"].startswith("'")
    assert row["tags"] == "'=2"
