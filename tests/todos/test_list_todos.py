"""Reading to-dos: filters, pages, and what a read costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import LISTS, TODOS
from todos import commands
from todos.models import Attachment, Todo, TodoList


def titles(response: Any) -> list[str]:
    """The titles on a page."""
    return [item["title"] for item in response.json()["items"]]


def test_nothing_new_costs_one_primary_key_read(
    alice: ApiClient, make_todo: Callable[..., Todo], django_assert_num_queries: Any
) -> None:
    make_todo()
    etag = alice.get(TODOS)["ETag"]

    with django_assert_num_queries(1) as captured:
        response = alice.get(TODOS, if_none_match=etag)

    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag
    assert '"todos_account"' in captured.captured_queries[0]["sql"]


@pytest.mark.parametrize("count", [0, 1, 100])
def test_a_page_costs_two_queries_without_files(
    alice: ApiClient, make_todo: Callable[..., Todo], django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        make_todo()

    with django_assert_num_queries(2):
        response = alice.get(TODOS)

    assert len(response.json()["items"]) == count


def test_a_change_makes_the_etag_stale(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    make_todo()
    etag = alice.get(TODOS)["ETag"]

    make_todo(title="Bread")

    assert alice.get(TODOS, if_none_match=etag).status_code == 200


def test_the_answer_is_for_this_reader_alone(alice: ApiClient) -> None:
    response = alice.get(TODOS)

    assert response["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response["Vary"]


def test_pages_follow_each_other_without_gap_or_double(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    wanted = [make_todo(title=f"t{number}").title for number in range(7)]

    first = alice.get(f"{TODOS}?limit=3")
    second = alice.get(first.json()["next"])
    third = alice.get(second.json()["next"])

    assert titles(first) + titles(second) + titles(third) == wanted
    assert third.json()["next"] is None


def test_a_cursor_of_another_subject_is_refused(
    alice: ApiClient, mallory: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    make_todo()
    make_todo()
    theirs = alice.get(f"{TODOS}?limit=1").json()["next"]

    response = mallory.get(theirs)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "?cursor"


def test_a_list_shows_only_ones_own(
    alice: ApiClient, mallory: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    make_todo("alice", title="hers")

    assert titles(mallory.get(TODOS)) == []
    assert titles(alice.get(TODOS)) == ["hers"]


@pytest.fixture
def mixed(make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]) -> TodoList:
    """Four different to-dos; the list of one of them."""
    work = make_list(title="Work")
    make_todo(title="Report", list_id=work.id, tags=["Work"], due_on=date(2026, 12, 1))
    make_todo(title="Milk", tags=["shop"], due_on=date(2026, 12, 24))
    make_todo(title="Beer", notes="with milk stout", tags=["shop", "party"])
    done = make_todo(title="Call 100%", tags=["work"])
    commands.complete_todo(subject="alice", todo_id=done.id, if_versions=None)
    return work


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("done=true", ["Call 100%"]),
        ("done=false", ["Report", "Milk", "Beer"]),
        ("due_before=2026-12-24", ["Report"]),
        ("tag=shop", ["Milk", "Beer"]),
        ("tag=sho", []),
        ("tag=work", ["Report", "Call 100%"]),
        ("q=milk", ["Milk", "Beer"]),
        ("q=100%25", ["Call 100%"]),
        ("q=%25", ["Call 100%"]),
        ("tag=shop&q=stout", ["Beer"]),
    ],
)
def test_a_filter_shows_what_it_says(
    alice: ApiClient, mixed: TodoList, query: str, expected: list[str]
) -> None:
    assert titles(alice.get(f"{TODOS}?{query}")) == expected


def test_the_todos_of_one_list(alice: ApiClient, mixed: TodoList) -> None:
    assert titles(alice.get(f"{TODOS}?list={mixed.id}")) == ["Report"]
    assert titles(alice.get(f"{TODOS}?list={uuid4()}")) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("done=maybe", "?done"),
        ("list=7", "?list"),
        ("due_before=soon", "?due_before"),
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("limit=ten", "?limit"),
        ("cursor=abc", "?cursor"),
    ],
)
def test_a_bad_query_is_named(alice: ApiClient, query: str, pointer: str) -> None:
    response = alice.get(f"{TODOS}?{query}")

    assert response.status_code == 400
    assert pointer in {error["pointer"] for error in response.json()["errors"]}


def test_a_page_costs_three_queries_with_attachments_at_their_todos(
    alice: ApiClient, make_todo: Callable[..., Todo], django_assert_num_queries: Any
) -> None:
    todo = make_todo()
    make_todo(title="without")
    file = commands.CheckedFile(key="a/b.txt", size=3, content_type="text/plain")
    commands.attach_file(subject="alice", todo_id=todo.id, file=file)

    with django_assert_num_queries(3):
        items = alice.get(TODOS).json()["items"]

    assert [attachment["name"] for attachment in items[0]["attachments"]] == ["b.txt"]
    assert items[1]["attachments"] == []


def test_a_token_without_the_scope_reads_nothing(client_of: Callable[..., ApiClient], db: None) -> None:
    response = client_of("alice", scope="todos/write").get(TODOS)

    assert response.status_code == 403
    assert "insufficient_scope" in response["WWW-Authenticate"]


@pytest.mark.parametrize("path", [TODOS, LISTS])
def test_without_a_token_there_is_nothing(anonymous: ApiClient, db: None, path: str) -> None:
    assert anonymous.get(path).status_code == 401


def test_detaching_leaves_the_others(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo()
    for key in ("a.txt", "b.txt"):
        file = commands.CheckedFile(key=key, size=3, content_type="text/plain")
        commands.attach_file(subject="alice", todo_id=todo.id, file=file)
    first = Attachment.objects.get(key="a.txt")

    response = alice.delete(f"{TODOS}/{todo.id}/attachments/{first.id}")

    assert [attachment["key"] for attachment in response.json()["attachments"]] == ["b.txt"]
    assert alice.delete(f"{TODOS}/{todo.id}/attachments/{first.id}").status_code == 404


def test_a_todo_in_the_list_is_the_same_as_alone(
    alice: ApiClient, make_list: Callable[..., TodoList], make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(list_id=make_list().id, tags=["a"], due_on=date(2026, 12, 24), priority=2)
    file = commands.CheckedFile(key="a.txt", size=3, content_type="text/plain")
    commands.attach_file(subject="alice", todo_id=todo.id, file=file)
    commands.complete_todo(subject="alice", todo_id=todo.id, if_versions=None)

    alone = alice.get(f"{TODOS}/{todo.id}").json()

    assert alice.get(TODOS).json()["items"] == [alone]
    assert alone["done_at"].endswith("Z")
