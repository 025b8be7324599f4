"""Factories of the todos tests: valid rows by the commands; a test states what it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api_client import ApiClient
from todos import commands
from todos.models import Todo, TodoList

LISTS = "/api/todos/v1/lists"
TODOS = "/api/todos/v1/todos"


@pytest.fixture
def make_list(db: None) -> Callable[..., TodoList]:
    """`make_list("alice", title="Home")`."""

    def make(subject: str = "alice", **fields: Any) -> TodoList:
        return commands.create_list(subject=subject, **{"title": "Home", **fields})

    return make


@pytest.fixture
def make_todo(db: None) -> Callable[..., Todo]:
    """`make_todo("alice", title="Milk")`."""

    def make(subject: str = "alice", **fields: Any) -> Todo:
        return commands.create_todo(subject=subject, **{"title": "Milk", **fields})

    return make


@pytest.fixture
def alice(db: None, client_of: Callable[..., ApiClient]) -> ApiClient:
    """She owns what the tests make."""
    return client_of("alice")


@pytest.fixture
def mallory(db: None, client_of: Callable[..., ApiClient]) -> ApiClient:
    """She gets nothing."""
    return client_of("mallory")
