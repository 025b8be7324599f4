"""What operations of one batch do to each other."""

from __future__ import annotations

from collections.abc import Callable

from tests.api_client import ApiClient
from tests.todos.test_sync import operation, send
from todos.models import Todo, TodoList


def test_what_is_deleted_and_edited_in_one_batch_stays_in_its_list(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    found = make_list()
    parent = make_todo(list_id=found.id)
    todo = make_todo(list_id=found.id, parent_id=parent.id)

    answer = send(
        alice, operation("todo.delete", todo.id, 3), operation("todo.update", todo.id, 3, title="Bread")
    )

    row = answer["changes"]["todos"][-1]
    assert (row["title"], row["list_id"], row["parent_id"]) == ("Bread", str(found.id), str(parent.id))
