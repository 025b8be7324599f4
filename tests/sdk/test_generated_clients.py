"""The Python client, and that nothing generated is kept."""

from __future__ import annotations

import importlib
import json
import subprocess

import pytest

from tests.sdk.node import RECIPES, ROOT

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(300)]


def test_the_python_client_makes_reads_and_deletes_a_todo(python_client, phone_of, desk):
    token = phone_of("carol@example.com")("tokens")["accessToken"]
    api = importlib.import_module("quartet_todos.api.todos")
    models = importlib.import_module("quartet_todos.models")
    create, read, delete = (
        importlib.import_module(f"{api.__name__}.{name}")
        for name in ("create_todo", "read_todo", "delete_todo")
    )

    with python_client.AuthenticatedClient(base_url=desk.web_url, token=token) as client:
        made = create.sync(client=client, body=models.TodoCreateRequest(title="Typed", tags=["sdk"]))
        found = read.sync(made.id, client=client)
        gone = delete.sync_detailed(made.id, client=client)
        missing = read.sync(made.id, client=client)

    assert isinstance(found, models.Todo)
    assert (found.title, found.tags, found.done_at) == ("Typed", ["sdk"], None)
    assert gone.status_code == 204
    assert isinstance(missing, models.Problem)
    assert missing.type_.endswith("/todo-not-found")


def test_generated_code_is_not_kept(typescript):
    kept = subprocess.run(
        ["git", "ls-files", "--", str(RECIPES)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert (RECIPES / "generated" / "todos.ts").is_file()
    assert not [path for path in kept if "/generated/" in path or "/node_modules/" in path]


def test_the_lock_names_no_registry():
    lock = json.loads((RECIPES / "package-lock.json").read_text(encoding="utf-8"))

    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
