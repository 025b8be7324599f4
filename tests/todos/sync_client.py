"""A second, independent client of sync: plain Python, written from `docs/sync.md` alone.

It imports nothing of the project. `send(method, path, body)` makes a request and returns status and body;
it raises `NoAnswer` when the network fails.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any

KINDS = {"list": "lists", "todo": "todos", "completion": "completions", "conflict": "conflicts"}
Rows = dict[str, dict[str, dict[str, Any]]]
Send = Callable[[str, str, Any], tuple[int, Any]]


class NoAnswer(Exception):
    """The request may have arrived, or not."""


class TryLater(Exception):
    """429 or 5xx."""


class Malformed(Exception):
    """The server could not read what was sent: a bug of the client."""


class Device:
    """One device with its four things: name, place, copy and queue."""

    def __init__(self, name: str, send: Send, *, batch: int = 100, page: int = 1000) -> None:
        self.name = name
        self.send = send
        self.batch = batch
        self.page = page
        self.cursor: str | None = None
        self.version = 0
        self.rows: Rows = {kind: {} for kind in KINDS.values()}
        self.queue: list[dict[str, Any]] = []
        # What was answered, in order: (operation, result).
        self.answered: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.needs_snapshot = False

    # --- What the user does -----------------------------------------------------------------------

    def do(self, kind: str, target: str | None = None, *, group: str | None = None, **fields: Any) -> str:
        """Queue an operation; the id of what it is about."""
        target = target or str(uuid.uuid4())
        operation = {"id": str(uuid.uuid4()), "kind": kind, "target": target, "base": self.version}
        if fields:
            operation["set"] = fields
        if group:
            operation["group"] = group
        self.queue.append(operation)
        return target

    def shown(self) -> Rows:
        """The copy with what is queued on top, as the user sees it."""
        rows = copy.deepcopy(self.rows)
        for operation in self.queue:
            _pretend(rows, operation)
        return rows

    def conflicts(self) -> list[dict[str, Any]]:
        """What the user has to decide: about things that are there."""
        return [
            found
            for found in self.rows["conflicts"].values()
            if found["target_id"] in self.rows[KINDS[found["target_kind"]]]
        ]

    def decide(self, conflict: dict[str, Any], *, bring_back: bool) -> None:
        """Resolve a conflict, perhaps for the value that lost; both or neither."""
        group = str(uuid.uuid4())
        if bring_back:
            losing = conflict["losing"]
            fields = losing if conflict["field"] == "due" else {conflict["field"]: losing}
            self.do(f"{conflict['target_kind']}.update", conflict["target_id"], group=group, **fields)
        self.do("conflict.resolve", conflict["id"], group=group)

    # --- The network ------------------------------------------------------------------------------

    def sync(self) -> None:
        """Send the queue and get everything.

        Raises:
            NoAnswer, TryLater: the queue is kept; call it again later.
        """
        if self.needs_snapshot:
            self._take_snapshot()
        while True:
            sent = self._next_batch()
            body: dict[str, Any] = {"cursor": self.cursor, "limit": self.page}
            if sent:
                body |= {"device": self.name, "operations": sent}
            status, answer = self.send("POST", "sync", body)
            if status == 304:
                return
            if status == 410:
                self.needs_snapshot = True
                self._take_snapshot()
                continue
            if status == 429 or status >= 500:
                raise TryLater
            if status != 200:
                raise Malformed(json.dumps(answer))
            self._take(sent, answer)
            if not answer["more"] and not self.queue:
                return

    def take_file(self, snapshot: dict[str, Any]) -> bool:
        """Take the snapshot of the user's folder, unless that would be a step back in time."""
        if snapshot["format"] != 1 or snapshot["version"] <= self.version:
            return False
        self._replace([snapshot])
        return True

    def _next_batch(self) -> list[dict[str, Any]]:
        """The head of the queue; a group is never torn apart."""
        end = min(self.batch, len(self.queue))
        while 0 < end < len(self.queue) and _same_group(self.queue[end - 1], self.queue[end]):
            end -= 1
        return self.queue[: end or self.batch]

    def _take(self, sent: list[dict[str, Any]], answer: dict[str, Any]) -> None:
        for operation, result in zip(sent, answer["results"], strict=True):
            assert operation["id"] == result["id"]
            self.answered.append((operation, result))
        self.queue = self.queue[len(sent) :]
        changes = answer["changes"]
        for kind in self.rows:
            for row in changes[kind]:
                self.rows[kind][row["id"]] = row
        for gone in changes["deleted"]:
            self.rows[KINDS[gone["kind"]]].pop(gone["id"], None)
            if gone["kind"] == "todo":
                self._forget_completions(gone["id"])
        assert answer["version"] >= self.version, "a version went down"
        self.cursor, self.version = answer["cursor"], answer["version"]

    def _forget_completions(self, todo_id: str) -> None:
        kept = {key: row for key, row in self.rows["completions"].items() if row["todo_id"] != todo_id}
        self.rows["completions"] = kept

    def _take_snapshot(self) -> None:
        pages = []
        path = "snapshot"
        while path:
            status, answer = self.send("GET", path, None)
            if status == 429 or status >= 500:
                raise TryLater
            if status != 200:
                raise Malformed(json.dumps(answer))
            pages.append(answer)
            path = answer["next"]
        self._replace(pages)
        self.needs_snapshot = False

    def _replace(self, pages: list[dict[str, Any]]) -> None:
        self.rows = {
            kind: {row["id"]: row for page in pages for row in page[kind]} for kind in KINDS.values()
        }
        self.cursor, self.version = pages[-1]["cursor"], pages[-1]["version"]


def _same_group(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.get("group") is not None and one.get("group") == other.get("group")


def _pretend(rows: Rows, operation: dict[str, Any]) -> None:
    """What the user sees before the server has answered."""
    kind, _, verb = operation["kind"].partition(".")
    mine, target = rows[KINDS[kind]], operation["target"]
    fields = dict(operation.get("set", {}))
    if verb == "create":
        mine[target] = {"id": target, **fields}
    elif verb in ("delete", "resolve"):
        mine.pop(target, None)
    elif target in mine and verb == "update":
        tags = fields.pop("tags", None)
        mine[target].update(fields)
        if tags:
            kept = [tag for tag in mine[target].get("tags", []) if tag not in tags.get("remove", [])]
            mine[target]["tags"] = kept + [tag for tag in tags.get("add", []) if tag not in kept]
    elif target in mine and verb == "complete":
        mine[target]["done_at"] = fields.get("at", "now")
    elif target in mine and verb == "reopen":
        mine[target]["done_at"] = None
