"""Random histories of several devices: nothing lost, nothing done twice, all the same in the end.

Always the same few; `HISTORIES` in the environment asks for so many by chance, as `soak.py` does. The
devices are the independent client of `sync_client.py`; what must come out is worked out by `sync_truth.py`.
"""

from __future__ import annotations

import os
import uuid
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.api_client import ApiClient
from tests.issuer import Issuer
from tests.todos.sync_client import Device, NoAnswer
from tests.todos.sync_truth import REFUSED, Truth
from todos import commands
from todos.models import OperationResult

BASE = "/api/todos/v1/"
HISTORIES = int(os.environ.get("HISTORIES", "10"))
IS_SOAK = "HISTORIES" in os.environ
STEPS = 30
TITLES = st.sampled_from(["Milk", "Bread", "Beer", "Salt", "Tea"])
TAGS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True)
DEVICES = st.integers(0, 2)
TARGETS = st.integers(0, 1000)
# After a user did something: no sync, one, or one that fails.
NETWORKS = st.sampled_from(["away", "away", "there", "there", "lost request", "lost answer"])


class Histories(RuleBasedStateMachine):
    """Three devices on one account, and a network that loses requests and answers."""

    issuer: Issuer

    @initialize(batch=st.integers(1, 4), page=st.integers(1, 5))
    def begin(self, batch: int, page: int) -> None:
        """A new account for each history."""
        self.subject = f"person-{uuid.uuid4().hex}"
        self.arrive()
        self.truth = Truth()
        self.faults: list[str] = []
        self.has_pruned = False
        self.seen_versions = [0, 0, 0]
        self.told: dict[str, Any] = {}
        self.ids: dict[str, list[str]] = {"list": [], "todo": []}
        self.devices = [
            Device(f"device-{number}", self._sender(number), batch=batch, page=page) for number in range(3)
        ]
        first = self.devices[0]
        self.ids["list"].append(first.do("list.create", title="Home"))
        for title in ("Milk", "Bread", "Beer"):
            # The first in no list, the others in the list and each below the one before.
            above = (
                {"list_id": self.ids["list"][0], "parent_id": self.ids["todo"][-1]}
                if self.ids["todo"]
                else {}
            )
            self.ids["todo"].append(first.do("todo.create", title=title, **above))
        self.everybody_syncs()

    def arrive(self) -> None:
        """Where requests go."""
        self.client = ApiClient(self.issuer.token(self.subject))

    # --- What users do ----------------------------------------------------------------------------

    @rule(
        device=DEVICES,
        network=NETWORKS,
        kind=st.sampled_from(["list", "todo", "todo"]),
        title=TITLES,
        place=TARGETS,
    )
    def create(self, device: int, network: str, kind: str, title: str, place: int) -> None:
        """A list, or a to-do in a list that the device knows or knew."""
        fields: dict[str, Any] = {"title": title}
        if kind == "todo" and self.ids["list"] and place % 3:
            fields["list_id"] = self._pick("list", place)
        self.ids[kind].append(self.devices[device].do(f"{kind}.create", **fields))
        self._perhaps_sync(device, network)

    @rule(
        device=DEVICES,
        network=NETWORKS,
        kind=st.sampled_from(["list", "todo", "todo"]),
        what=TARGETS,
        title=TITLES,
    )
    def rename(self, device: int, network: str, kind: str, what: int, title: str) -> None:
        """The field that many set."""
        self._do(device, network, kind, "update", what, title=title)

    @rule(
        device=DEVICES,
        network=NETWORKS,
        what=TARGETS,
        priority=st.sampled_from([None, 1, 2]),
        add=TAGS,
        remove=TAGS,
    )
    def edit(
        self, device: int, network: str, what: int, priority: int | None, add: list[str], remove: list[str]
    ) -> None:
        """Several fields at once."""
        tags = {"add": [tag for tag in add if tag not in remove], "remove": remove}
        self._do(device, network, "todo", "update", what, priority=priority, tags=tags)

    @rule(
        device=DEVICES,
        network=NETWORKS,
        what=TARGETS,
        place=TARGETS,
        member=st.sampled_from(["list_id", "parent_id"]),
    )
    def move(self, device: int, network: str, what: int, place: int, member: str) -> None:
        """Into another list, or below another to-do, which may be itself or below it."""
        kind = {"list_id": "list", "parent_id": "todo"}[member]
        where = self._pick(kind, place) if self.ids[kind] and place % 4 else None
        self._do(device, network, "todo", "update", what, **{member: where})

    @rule(
        device=DEVICES, network=NETWORKS, verb=st.sampled_from(["complete", "reopen", "delete"]), what=TARGETS
    )
    def act(self, device: int, network: str, verb: str, what: int) -> None:
        """On a to-do."""
        self._do(device, network, "todo", verb, what)

    @rule(device=DEVICES, network=NETWORKS, what=TARGETS)
    def delete_list(self, device: int, network: str, what: int) -> None:
        """With all that is in it."""
        self._do(device, network, "list", "delete", what)

    @rule(device=DEVICES, network=NETWORKS, one=TARGETS, other=TARGETS, title=TITLES)
    def group(self, device: int, network: str, one: int, other: int, title: str) -> None:
        """Two renamings, or none."""
        if self.ids["todo"]:
            name = str(uuid.uuid4())
            for target in (one, other):
                self.devices[device].do("todo.update", self._pick("todo", target), group=name, title=title)
            self._perhaps_sync(device, network)

    # --- What the world does ----------------------------------------------------------------------

    @rule(device=DEVICES, fault=st.sampled_from(["", "", "lost request", "lost answer"]))
    def sync(self, device: int, fault: str) -> None:
        """Once, perhaps without an answer."""
        self.sync_once(device, fault)

    def sync_once(self, device: int, fault: str) -> None:
        """The first request may fail."""
        self.faults = [fault] if fault else []
        try:
            self.devices[device].sync()
        except NoAnswer:
            assert fault
        self.faults = []

    @precondition(lambda self: not self._all_are_home())
    @rule()
    def everybody_comes_home(self) -> None:
        """All devices know the same, and go away again."""
        self.everybody_syncs()

    def everybody_syncs(self) -> None:
        """Twice, so that each has what the others sent; whoever is last has it at once."""
        for device in (*self.devices, *self.devices[:-1]):
            device.sync()

    @rule(device=DEVICES, count=st.integers(1, 3))
    def repeat(self, device: int, count: int) -> None:
        """What was answered long ago arrives once more, from a connection that was thought dead."""
        old = [operation for operation, _ in self.devices[device].answered[:count]]
        if old:
            self._receive("POST", "sync", {"cursor": None, "device": f"device-{device}", "operations": old})

    @rule(device=DEVICES)
    def new_copy(self, device: int) -> None:
        """Reinstalled, or told that its cursor is too old."""
        self.devices[device].needs_snapshot = True

    # --- What must hold ---------------------------------------------------------------------------

    @invariant()
    def versions_go_up(self) -> None:
        """On each device."""
        for number, device in enumerate(self.devices):
            assert device.version >= self.seen_versions[number]
            self.seen_versions[number] = device.version

    @invariant()
    def one_sees_what_one_has_sent(self) -> None:
        """A sync ends with the effect of all that was answered, or without any answer."""
        for device in self.devices:
            told = [result["version"] or 0 for _, result in device.answered]
            assert device.version >= max(told, default=0)

    def teardown(self) -> None:
        """Everybody comes home: all copies are the server's, and what the operations say."""
        if not hasattr(self, "devices"):
            return
        self.everybody_syncs()
        first, *others = self.devices
        assert not first.queue
        for device in others:
            assert (device.version, device.rows) == (first.version, first.rows)
        fresh = Device("fresh", first.send, page=5)
        fresh.sync()
        assert fresh.rows == first.rows
        fresh._take_snapshot()
        assert fresh.rows == first.rows
        if not self.has_pruned:
            self._compare_with_truth(first)

    def _compare_with_truth(self, device: Device) -> None:
        state = self.truth.state
        assert device.version == state.version
        for kind, rows in (("list", device.rows["lists"]), ("todo", device.rows["todos"])):
            alive = state.alive(kind)
            assert rows.keys() == alive.keys()
            for key, row in rows.items():
                assert row["title"] == alive[key].fields["title"]
                if kind == "todo":
                    wanted = alive[key]
                    shown = {name: row[name] for name in ("priority", "list_id", "parent_id", "notes")}
                    assert shown == {name: wanted.fields[name] for name in shown}
                    assert (row["tags"], row["done_at"] is not None) == (wanted.tags, wanted.is_done)
        kept = [
            (found["target_id"], found["field"], found["losing"], found["winning"])
            for found in device.rows["conflicts"].values()
        ]
        assert sorted(map(repr, kept)) == sorted(map(repr, state.conflicts))

    # --- The network ------------------------------------------------------------------------------

    def _sender(self, number: int) -> Any:
        def send(method: str, path: str, body: Any) -> tuple[int, Any]:
            fault = self.faults.pop() if self.faults else ""
            if fault == "lost request":
                raise NoAnswer
            answer = self._receive(method, path, body)
            if fault == "lost answer":
                raise NoAnswer
            return answer

        return send

    def _receive(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        status, answer = self.ask(method, path, body)
        assert status in (200, 304, 410), answer
        if status == 200 and body and body.get("operations"):
            self._check_results(body, answer["results"])
        return status, answer

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Make one request."""
        address = path if path.startswith("http") else BASE + path
        response = self.client.request(method, address, body)
        return response.status_code, orjson.loads(response.content) if response.content else None

    def _check_results(self, body: dict[str, Any], results: list[dict[str, Any]]) -> None:
        if not self.has_pruned:
            expected = self.truth.receive(body["operations"], body["device"])
            assert [found["status"] for found in results] == expected
        for result in results:
            assert self.told.setdefault(result["id"], result) == result
            assert (result["problem"] is not None) == (result["status"] == REFUSED)
            assert result["problem"] is None or result["problem"]["status"] != 403

    def _answered(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        return [answered for device in self.devices for answered in device.answered]

    def _all_are_home(self) -> bool:
        waiting = any(device.queue or device.needs_snapshot for device in self.devices)
        return not waiting and len({device.version for device in self.devices}) == 1

    def _pick(self, kind: str, number: int) -> str:
        return self.ids[kind][number % len(self.ids[kind])]

    def _do(self, device: int, network: str, kind: str, verb: str, what: int, **fields: Any) -> None:
        if self.ids[kind]:
            self.devices[device].do(f"{kind}.{verb}", self._pick(kind, what), **fields)
            self._perhaps_sync(device, network)

    def _perhaps_sync(self, device: int, network: str) -> None:
        if network != "away":
            self.sync_once(device, "" if network == "there" else network)


class TidiedHistories(Histories):
    """The same with somebody who forgets tombstones, so that devices must begin anew.

    What comes out is not worked out here: it depends on what had been forgotten.
    """

    def arrive(self) -> None:
        """Without the results of earlier histories, which are all of one transaction.

        PostgreSQL counts no rows that are not committed, takes the table for empty and, as it is tidied,
        compares each with each.
        """
        super().arrive()
        OperationResult.objects.all().delete()

    @precondition(lambda self: bool(self._answered()))
    @rule(device=DEVICES, fault=st.sampled_from(["", "lost request", "lost answer", "lost answer"]))
    def prune(self, device: int, fault: str) -> None:
        """All tombstones go; whoever has not seen them begins anew. One leaves in the middle of a sync."""
        if fault:
            self.sync_once(device, fault)
        self.has_pruned = True
        commands.prune(older_than=timedelta(days=-1))
        # Results that have arrived go as well, after 90 days: nothing of those is repeated from then on.
        for each in self.devices:
            each.answered.clear()


def run_histories(histories: type[Histories], count: int = HISTORIES) -> None:
    """So many; the first one that ends badly is made short and told."""
    run_state_machine_as_test(
        histories,
        settings=settings(
            max_examples=count,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not IS_SOAK,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate] if "NO_SHRINK" in os.environ else [Phase.generate, Phase.shrink],
        ),
    )


@pytest.mark.django_db
@pytest.mark.timeout(0 if IS_SOAK else 300)
@pytest.mark.parametrize("histories", [Histories, TidiedHistories])
def test_any_history_ends_with_the_same_for_all(
    issuer: Issuer, many_writes: None, histories: type[Histories]
) -> None:
    histories.issuer = issuer

    run_histories(histories)


@pytest.fixture
def many_writes(settings: Any) -> None:
    """As many writes as the history has."""
    settings.API_WRITES_PER_MINUTE = 10_000_000
