"""Sync, rule by rule of `docs/sync.md`."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest
from django.utils import timezone

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos.models import Account, OperationResult, Todo, TodoList

SYNC = "/api/todos/v1/sync"
SNAPSHOT = "/api/todos/v1/snapshot"
CONFLICTS = "/api/todos/v1/conflicts"


def operation(kind: str, target: object = None, base: int = 0, **fields: Any) -> dict[str, Any]:
    """An operation with a new id."""
    group = fields.pop("group", None)
    made = {"id": str(uuid.uuid4()), "kind": kind, "target": str(target or uuid.uuid4()), "base": base}
    return {**made, **({"set": fields} if fields else {}), **({"group": group} if group else {})}


def send(
    client: ApiClient, *operations: dict[str, Any], cursor: str | None = None, device: str = "phone"
) -> Any:
    """The answer to a sync, which must be 200."""
    response = client.post(SYNC, {"cursor": cursor, "device": device, "operations": list(operations)})
    assert response.status_code == 200, response.content
    return response.json()


def codes(answer: Any) -> list[str]:
    """The code of each result's problem, or its status."""
    return [
        found["problem"]["type"].rsplit("/", 1)[-1] if found["problem"] else found["status"]
        for found in answer["results"]
    ]


def test_an_operation_is_carried_out_and_told_to_other_devices(alice: ApiClient) -> None:
    create = operation("todo.create", title="Milk", tags=["shop"])

    answer = send(alice, create)
    elsewhere = send(alice, device="tablet")

    assert answer["results"] == [
        {"id": create["id"], "status": "applied", "version": 1, "conflicts": [], "problem": None}
    ]
    assert elsewhere["changes"]["todos"] == answer["changes"]["todos"]
    assert (elsewhere["version"], elsewhere["more"]) == (1, False)


def test_nothing_new_costs_one_primary_key_read(
    alice: ApiClient, make_todo: Callable[..., Todo], django_assert_num_queries: Any
) -> None:
    make_todo()
    cursor = send(alice)["cursor"]

    with django_assert_num_queries(1) as captured:
        response = alice.post(SYNC, {"cursor": cursor})

    assert (response.status_code, response.content) == (304, b"")
    assert '"todos_account"' in captured.captured_queries[0]["sql"]


def test_what_is_new_costs_one_query_more_where_nothing_else_has_changed(
    alice: ApiClient,
    make_todo: Callable[..., Todo],
    make_list: Callable[..., TodoList],
    django_assert_num_queries: Any,
) -> None:
    make_list()
    cursor = send(alice)["cursor"]
    for _ in range(10):
        make_todo()

    with django_assert_num_queries(2):
        answer = alice.post(SYNC, {"cursor": cursor}).json()

    assert len(answer["changes"]["todos"]) == 10


@pytest.mark.parametrize("count", [1, 100])
def test_a_batch_costs_the_same_queries_whatever_its_size(
    alice: ApiClient, django_assert_max_num_queries: Any, count: int
) -> None:
    send(alice, operation("todo.create", title="first"))
    batch = [operation("todo.create", base=1, title=f"t{number}") for number in range(count)]

    # SQLite takes so many values in a statement: a hundred rows are a few statements.
    with django_assert_max_num_queries(24):
        answer = send(alice, *batch)

    assert codes(answer) == ["applied"] * count
    assert answer["version"] == 2


def test_a_repeated_operation_is_told_the_same_and_done_once(alice: ApiClient) -> None:
    create = operation("todo.create", title="Milk")
    first = send(alice, create)
    send(alice, operation("todo.update", create["target"], 1, title="Bread"), device="tablet")

    again = send(alice, create)

    assert again["results"] == first["results"]
    assert [found["title"] for found in again["changes"]["todos"]] == ["Bread"]
    assert Account.objects.get().version == 2


def test_an_operation_twice_in_one_request_is_done_once(alice: ApiClient) -> None:
    create = operation("todo.create", title="Milk")

    answer = send(alice, create, create)

    assert codes(answer) == ["applied", "applied"]
    assert Todo.objects.count() == OperationResult.objects.count() == 1


def test_the_id_of_an_operation_is_good_for_one(alice: ApiClient) -> None:
    create = operation("todo.create", title="Milk")
    send(alice, create)

    answer = send(alice, {**create, "set": {"title": "Beer"}})

    assert codes(answer) == ["operation-reused"]
    assert answer["results"][0]["problem"]["status"] == 422
    assert Todo.objects.get().title == "Milk"


def test_different_fields_merge(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()

    send(alice, operation("todo.update", todo.id, 1, title="Bread"), device="phone")
    answer = send(alice, operation("todo.update", todo.id, 1, priority=1), device="tablet")

    row = answer["changes"]["todos"][0]
    assert (row["title"], row["priority"]) == ("Bread", 1)
    assert answer["changes"]["conflicts"] == []


def test_of_the_same_field_the_later_wins_and_the_other_is_kept(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()

    send(alice, operation("todo.update", todo.id, 1, title="Oat milk"), device="phone")
    answer = send(alice, operation("todo.update", todo.id, 1, title="Soy milk"), device="tablet")

    conflict = answer["changes"]["conflicts"][0]
    assert (conflict["field"], conflict["losing"], conflict["winning"]) == ("title", "Oat milk", "Soy milk")
    assert answer["results"][0]["conflicts"] == [conflict["id"]]
    assert alice.get(CONFLICTS).json()["items"] == [conflict]
    assert answer["changes"]["todos"][0]["title"] == "Soy milk"


def test_who_had_seen_it_makes_no_conflict(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    send(alice, operation("todo.update", todo.id, 1, title="Oat milk"), device="phone")

    seen = send(alice, operation("todo.update", todo.id, 2, title="Soy milk"), device="tablet")
    own = send(alice, operation("todo.update", todo.id, 1, title="Rice milk"), device="tablet")

    assert seen["changes"]["conflicts"] == own["changes"]["conflicts"] == []


def test_a_due_date_conflicts_as_a_whole(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    timed = {"due_on": "2026-12-24", "due_time": "18:00", "due_zone": "Europe/Lisbon"}
    send(alice, operation("todo.update", todo.id, 1, **timed), device="phone")

    answer = send(alice, operation("todo.update", todo.id, 1, due_on="2026-12-25"), device="tablet")

    conflict = answer["changes"]["conflicts"][0]
    assert (conflict["field"], conflict["losing"]) == ("due", timed)
    assert conflict["winning"] == {"due_on": "2026-12-25", "due_time": None, "due_zone": None}


def test_a_conflict_is_resolved_for_all_devices(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    send(alice, operation("todo.update", todo.id, 1, title="Oat milk"), device="phone")
    last = send(alice, operation("todo.update", todo.id, 1, title="Soy milk"), device="tablet")
    conflict = last["changes"]["conflicts"][0]

    answer = send(
        alice,
        operation("todo.update", todo.id, 3, title=conflict["losing"], group="g"),
        operation("conflict.resolve", conflict["id"], 3, group="g"),
        cursor=last["cursor"],
    )

    assert answer["changes"]["todos"][0]["title"] == "Oat milk"
    assert answer["changes"]["deleted"] == [{"kind": "conflict", "id": conflict["id"], "version": 4}]
    assert alice.get(CONFLICTS).json()["items"] == []


def test_a_conflict_is_resolved_by_rest_too(
    alice: ApiClient, mallory: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()
    send(alice, operation("todo.update", todo.id, 1, title="Oat milk"), device="phone")
    send(alice, operation("todo.update", todo.id, 1, title="Soy milk"), device="tablet")
    conflict = alice.get(CONFLICTS).json()["items"][0]

    assert mallory.delete(f"{CONFLICTS}/{conflict['id']}").status_code == 404
    assert alice.delete(f"{CONFLICTS}/{conflict['id']}", if_match=1).status_code == 412
    assert alice.delete(f"{CONFLICTS}/{conflict['id']}").status_code == 204
    assert alice.delete(f"{CONFLICTS}/{conflict['id']}").status_code == 404


def test_an_edit_that_had_not_seen_the_deletion_brings_it_back(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    found = make_list()
    todo = make_todo(list_id=found.id)
    send(alice, operation("list.delete", found.id, 2), device="phone")

    unseen = send(alice, operation("todo.update", todo.id, 2, title="Bread"), device="tablet")
    seen = send(alice, operation("list.update", found.id, 4, title="House"), device="tablet")

    row = unseen["changes"]["todos"][0]
    assert (row["title"], row["list_id"]) == ("Bread", None)
    assert codes(seen) == ["list-not-found"]
    assert seen["results"][0]["problem"]["status"] == 404


def test_deleting_twice_is_unchanged(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()

    answer = send(alice, operation("todo.delete", todo.id, 1), operation("todo.delete", todo.id, 1))

    assert codes(answer) == ["applied", "unchanged"]
    assert answer["changes"]["deleted"] == [{"kind": "todo", "id": str(todo.id), "version": 2}]


def test_a_revived_todo_has_its_completions_on_all_devices(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(due_on=date(2026, 12, 7), recurrence="FREQ=WEEKLY")
    done = send(alice, operation("todo.complete", todo.id, 1, occurrence="2026-12-07"))
    deleted = send(alice, operation("todo.delete", todo.id, 2), cursor=done["cursor"])

    answer = send(
        alice, operation("todo.update", todo.id, 2, title="x"), cursor=deleted["cursor"], device="t"
    )

    assert [found["occurrence"] for found in answer["changes"]["completions"]] == ["2026-12-07"]


def test_two_devices_that_complete_the_same_do_it_once(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()

    first = send(alice, operation("todo.complete", todo.id, 1, at="2026-11-24T10:00:00Z"), device="phone")
    second = send(alice, operation("todo.complete", todo.id, 1), device="tablet")

    assert codes(first) + codes(second) == ["applied", "unchanged"]
    assert second["changes"]["todos"][0]["done_at"] == "2026-11-24T10:00:00Z"


def test_a_moment_in_the_future_is_now(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()

    send(alice, operation("todo.complete", todo.id, 1, at="2999-11-24T10:00:00Z"))

    todo.refresh_from_db()
    assert todo.done_at is not None
    assert todo.done_at <= timezone.now()


def test_a_group_is_all_or_nothing_and_the_rest_goes_on(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo()

    answer = send(
        alice,
        operation("todo.update", todo.id, 1, title="Bread", group="g"),
        operation("todo.create", title="child", parent_id=str(uuid.uuid4()), group="g"),
        operation("todo.create", title="alone"),
    )

    assert codes(answer) == ["group-refused", "invalid-input", "applied"]
    assert answer["results"][1]["problem"]["errors"][0]["pointer"] == "/set/parent_id"
    assert sorted(found["title"] for found in answer["changes"]["todos"]) == ["Milk", "alone"]


def test_what_changes_nothing_counts_nothing(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo(tags=["a"])

    answer = send(alice, operation("todo.update", todo.id, 1, title="Milk", tags={"add": ["a"]}))

    assert codes(answer) == ["unchanged"]
    assert Account.objects.get().version == 1


def test_changes_come_in_pages_without_gap_or_double(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    found = make_list()
    send(
        alice,
        *[operation("todo.create", base=1, title=f"t{number}", list_id=str(found.id)) for number in range(7)],
    )
    make_todo(title="t7")

    seen: list[str] = []
    cursor, more = None, True
    while more:
        answer = alice.post(SYNC, {"cursor": cursor, "limit": 3}).json()
        seen += [row["title"] for row in [*answer["changes"]["lists"], *answer["changes"]["todos"]]]
        cursor, more = answer["cursor"], answer["more"]

    assert sorted(seen) == ["Home", *[f"t{number}" for number in range(8)]]


def test_looking_is_not_counted_as_writing(alice: ApiClient, settings: Any) -> None:
    settings.API_WRITES_PER_MINUTE = 1
    send(alice, operation("todo.create", title="a"))

    looked = alice.post(SYNC, {"cursor": None})
    sent = alice.post(SYNC, {"device": "p", "operations": [operation("todo.create", title="b")]})

    assert (looked.status_code, sent.status_code) == (200, 429)


def test_a_snapshot_is_of_one_version_whatever_changes_meanwhile(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todos = [make_todo(title=f"t{number}") for number in range(4)]
    first = alice.get(f"{SNAPSHOT}?limit=2").json()
    alice.patch(f"{TODOS}/{todos[3].id}", {"title": "changed"})
    make_todo(title="new")

    second = alice.get(first["next"]).json()
    after = send(alice, cursor=second["cursor"])

    assert [first["version"], second["version"], second["next"]] == [4, 4, None]
    assert [row["title"] for row in second["todos"]] == ["t2"]
    assert [row["title"] for row in after["changes"]["todos"]] == ["changed", "new"]


def test_a_snapshot_is_compressed_and_read_once(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    make_todo(notes="n" * 1000)

    response = alice.get(SNAPSHOT, Accept_Encoding="gzip")
    again = alice.get(SNAPSHOT, if_none_match=response["ETag"])

    assert response["Content-Encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(response.content))["todos"][0]["title"] == "Milk"
    assert again.status_code == 304
