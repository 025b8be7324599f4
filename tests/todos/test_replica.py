"""Reads from a lagging replica: a real PostgreSQL primary, and a streaming replica that stands still."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis.stateful import rule

from local.postgres import Postgres
from tests.house_rules.sources import ROOT
from tests.issuer import Issuer
from tests.postgres_replica import Replica
from tests.todos.test_sync_histories import HISTORIES, Histories, run_histories

BASE = "/api/todos/v1"
pytestmark = [pytest.mark.xdist_group("replica"), pytest.mark.slow]


class Process:
    """The API over both databases, asked line by line, for somebody new in each test."""

    def __init__(self, process: subprocess.Popen[str], issuer: Issuer) -> None:
        self._process = process
        self._issuer = issuer
        self.subject = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, Any]:
        """Status, ETag and body."""
        assert self._process.stdin is not None
        sent = {"Authorization": f"Bearer {self._issuer.token(self.subject)}", **headers}
        print(json.dumps([method, f"{BASE}{path}", body, sent]), file=self._process.stdin, flush=True)
        status, etag, content = self.read()
        return status, etag, content

    def read(self) -> Any:
        """The next answer."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def titles(self, **headers: str) -> list[str]:
        """The to-dos that a read shows."""
        return [item["title"] for item in self.ask("GET", "/todos", **headers)[2]["items"]]


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """Of a primary of its own."""
    with Postgres(tmp_path_factory.mktemp("primary")) as primary, Replica(primary) as found:
        yield found


@pytest.fixture(scope="module")
def process(
    replica: Replica, issuer_server: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """The API with both."""
    environment = {
        **os.environ,
        **issuer_server.environment(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT_FILE": str(tmp_path_factory.mktemp("process") / "none"),
        "DATABASE_URL": replica.primary.url,
        "DATABASE_REPLICA_URL": replica.url,
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "ERROR",
        "API_WRITES_PER_MINUTE": "10000000",
    }
    command = [sys.executable, "-m", "tests.todos.replica_process"]
    running = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    found = Process(running, issuer_server)
    try:
        assert found.read() == "ready"
        yield found
    finally:
        if running.stdin is not None:
            running.stdin.close()
        running.wait(20)


@pytest.fixture
def api(process: Process, replica: Replica) -> Process:
    """Somebody new with one to-do; the replica has it and stands still."""
    process.subject = f"alice-{uuid.uuid4().hex[:12]}"
    replica.resume()
    process.ask("POST", "/todos", {"title": "old"})
    replica.catch_up()
    replica.pause()
    return process


def test_a_read_is_the_replicas_until_the_client_has_seen_more(api: Process, replica: Replica) -> None:
    _, etag, _ = api.ask("POST", "/todos", {"title": "new"})

    seen_less = api.ask("GET", "/todos", If_None_Match='"v1"')
    seen_all = api.ask("GET", "/todos", If_None_Match=etag)

    assert api.titles() == ["old"]
    # Both have nothing new: the one by the replica, which is at 1, the other by the primary, which is at 2.
    assert [(status, tag) for status, tag, _ in (seen_less, seen_all)] == [(304, '"v1"'), (304, '"v2"')]


def test_sync_shows_what_one_has_written(api: Process, replica: Replica) -> None:
    first = api.ask("POST", "/sync", {"cursor": None})[2]
    ids = {"id": str(uuid.uuid4()), "target": str(uuid.uuid4())}
    create = {**ids, "kind": "todo.create", "base": 1, "set": {"title": "new"}}

    wrote = api.ask("POST", "/sync", {"cursor": first["cursor"], "device": "p", "operations": [create]})[2]
    nothing_new = api.ask("POST", "/sync", {"cursor": wrote["cursor"]})
    elsewhere = api.ask("POST", "/sync", {"cursor": first["cursor"]})
    api.ask("POST", "/todos", {"title": "newest"})
    after = api.ask("POST", "/sync", {"cursor": wrote["cursor"]})

    assert [row["title"] for row in wrote["changes"]["todos"]] == ["new"]
    assert (nothing_new[0], elsewhere[0]) == (304, 304)
    assert [row["title"] for row in after[2]["changes"]["todos"]] == ["newest"]


def test_a_snapshot_goes_on_where_its_version_is(api: Process, replica: Replica) -> None:
    for number in range(3):
        api.ask("POST", "/todos", {"title": f"t{number}"})
    replica.resume()
    replica.catch_up()
    first = api.ask("GET", "/snapshot?limit=2")[2]

    second = api.ask("GET", first["next"].partition("/api/todos/v1")[2])[2]

    assert first["version"] == second["version"] == 4
    assert [row["title"] for row in first["todos"] + second["todos"]] == ["old", "t0", "t1", "t2"]


def test_a_new_copy_is_never_older_than_the_one_before(api: Process) -> None:
    api.ask("POST", "/todos", {"title": "new"})

    snapshot = api.ask("GET", "/snapshot")[2]

    assert (snapshot["version"], [row["title"] for row in snapshot["todos"]]) == (2, ["old", "new"])


def test_a_page_of_changes_is_followed_by_one_as_new(api: Process, replica: Replica) -> None:
    for number in range(3):
        api.ask("POST", "/todos", {"title": f"t{number}"})
    replica.resume()
    replica.catch_up()
    replica.pause()
    create = {"id": str(uuid.uuid4()), "target": str(uuid.uuid4()), "kind": "todo.create", "base": 0}
    mine = {**create, "set": {"title": "mine"}}

    first = api.ask("POST", "/sync", {"cursor": None, "device": "p", "operations": [mine], "limit": 2})[2]
    second = api.ask("POST", "/sync", {"cursor": first["cursor"]})[2]

    assert first["results"][0]["version"] == second["version"] == 5
    assert [row["title"] for row in second["changes"]["todos"]] == ["t1", "t2", "mine"]


class LaggingHistories(Histories):
    """The same histories, with a replica that stands still now and then."""

    process: Process
    replica: Replica

    def arrive(self) -> None:
        """At the process with both databases."""
        self.process.subject = self.subject
        self.catch_up()

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """One request to the process."""
        path = path.partition(BASE)[2] or f"/{path}"
        status, _, answer = self.process.ask(method, path, body)
        return status, answer

    @rule()
    def stand_still(self) -> None:
        """From now on the replica shows what it has."""
        self.replica.pause()

    @rule()
    def catch_up(self) -> None:
        """It has everything."""
        self.replica.resume()
        self.replica.catch_up()

    def teardown(self) -> None:
        """When all is sent and the replica has it, all copies are the same."""
        for device in self.devices:
            device.sync()
        self.catch_up()
        super().teardown()


def test_any_history_with_a_replica_ends_with_the_same_for_all(process: Process, replica: Replica) -> None:
    LaggingHistories.process, LaggingHistories.replica = process, replica

    run_histories(LaggingHistories, max(1, HISTORIES // 2))


def test_when_it_has_caught_up_it_shows_all(api: Process, replica: Replica) -> None:
    api.ask("POST", "/todos", {"title": "new"})
    assert api.titles() == ["old"]

    replica.resume()
    replica.catch_up()

    assert api.titles() == ["old", "new"]


def test_without_the_replica_the_primary_answers(api: Process, replica: Replica) -> None:
    api.ask("POST", "/todos", {"title": "new"})

    replica.stop()

    assert api.titles() == ["old", "new"]
