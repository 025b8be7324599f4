"""What must become of operations by `docs/sync.md`, worked out without looking at the server.

A model of to-dos and lists without recurrence: small, slow, and written the other way round than the
server: whole states are copied, nothing is undone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

APPLIED, UNCHANGED, REFUSED = "applied", "unchanged", "refused"
DEFAULTS = {"notes": "", "priority": None, "list_id": None, "parent_id": None}


@dataclass
class Thing:
    """A list or a to-do. `clocks` tell for each field when, and on which device, it was set last."""

    kind: str
    fields: dict[str, Any]
    born: tuple[int, str]
    clocks: dict[str, tuple[int, str]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    is_done: bool = False
    deleted_at: int | None = None

    def copied(self) -> Thing:
        """Another one, equal to this."""
        return replace(self, fields=dict(self.fields), clocks=dict(self.clocks), tags=list(self.tags))


@dataclass
class State:
    """An account."""

    version: int = 0
    things: dict[str, Thing] = field(default_factory=dict)
    conflicts: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    def copied(self) -> State:
        """Another one, equal to this."""
        things = {key: one.copied() for key, one in self.things.items()}
        return State(self.version, things, list(self.conflicts))

    def alive(self, kind: str) -> dict[str, Thing]:
        """What is not deleted."""
        return {key: one for key, one in self.things.items() if one.kind == kind and one.deleted_at is None}


class Truth:
    """Carries out operations as they arrive for the first time."""

    def __init__(self) -> None:
        self.state = State()
        self.known: dict[str, str] = {}

    def receive(self, operations: list[dict[str, Any]], device: str) -> list[str]:
        """The status that each operation must get."""
        now = self.state.version + 1
        statuses: dict[str, str] = {}
        for group in _groups(operations):
            before = self.state.copied()
            for operation in group:
                if operation["id"] not in self.known:
                    statuses[operation["id"]] = self._carry_out(operation, device, now)
            told = [self.known.get(found["id"], statuses.get(found["id"])) for found in group]
            if len(group) > 1 and REFUSED in told:
                self.state = before
                statuses |= {found["id"]: REFUSED for found in group if found["id"] not in self.known}
        if APPLIED in statuses.values():
            self.state.version = now
        self.known |= statuses
        return [self.known[operation["id"]] for operation in operations]

    def _carry_out(self, operation: dict[str, Any], device: str, now: int) -> str:
        before = self.state.copied()
        kind, verb = operation["kind"].split(".")
        status = getattr(self, f"_{verb}")(kind, operation, device, now)
        if status == REFUSED:
            self.state = before
        return str(status)

    def _create(self, kind: str, operation: dict[str, Any], device: str, now: int) -> str:
        fields = dict(operation.get("set", {}))
        if operation["target"] in self.state.things or not self._drop_dead(fields, operation):
            return REFUSED
        thing = Thing(kind, {**DEFAULTS, **fields}, (now, device), tags=fields.pop("tags", []))
        thing.fields.pop("tags", None)
        self.state.things[operation["target"]] = thing
        return APPLIED

    def _update(self, kind: str, operation: dict[str, Any], device: str, now: int) -> str:
        thing, changed = self._find(kind, operation)
        fields = dict(operation.get("set", {}))
        if thing is None or not self._drop_dead(fields, operation):
            return REFUSED
        if fields.get("parent_id") and self._is_below(fields["parent_id"], operation["target"]):
            return REFUSED
        tags = fields.pop("tags", None)
        for name, value in fields.items():
            if thing.fields[name] == value:
                continue
            version, setter = thing.clocks.get(name, thing.born)
            if version > operation["base"] and setter != device:
                self.state.conflicts.append((operation["target"], name, thing.fields[name], value))
            thing.fields[name], thing.clocks[name], changed = value, (now, device), True
        if tags is not None:
            kept = [tag for tag in thing.tags if tag not in tags.get("remove", [])]
            kept += [tag for tag in tags.get("add", []) if tag not in kept]
            changed, thing.tags = changed or kept != thing.tags, kept
        return APPLIED if changed else UNCHANGED

    def _delete(self, kind: str, operation: dict[str, Any], device: str, now: int) -> str:
        thing = self.state.things.get(operation["target"])
        if thing is None or thing.kind != kind:
            return REFUSED
        if thing.deleted_at is not None:
            return UNCHANGED
        doomed = {operation["target"]}
        while True:
            more = {
                key
                for key, one in self.state.alive("todo").items()
                if one.fields["list_id"] in doomed or one.fields["parent_id"] in doomed
            }
            if more <= doomed:
                break
            doomed |= more
        for key in doomed:
            self.state.things[key].deleted_at = now
        return APPLIED

    def _complete(self, kind: str, operation: dict[str, Any], device: str, now: int) -> str:
        return self._tick(kind, operation, is_done=True)

    def _reopen(self, kind: str, operation: dict[str, Any], device: str, now: int) -> str:
        return self._tick(kind, operation, is_done=False)

    def _tick(self, kind: str, operation: dict[str, Any], *, is_done: bool) -> str:
        thing, changed = self._find(kind, operation)
        if thing is None:
            return REFUSED
        changed, thing.is_done = changed or thing.is_done != is_done, is_done
        return APPLIED if changed else UNCHANGED

    def _find(self, kind: str, operation: dict[str, Any]) -> tuple[Thing | None, bool]:
        """What it is about, and whether it had to be brought back."""
        thing = self.state.things.get(operation["target"])
        if thing is None or thing.kind != kind:
            return None, False
        if thing.deleted_at is None:
            return thing, False
        if thing.deleted_at <= operation["base"]:
            return None, False
        thing.deleted_at = None
        for name in ("list_id", "parent_id"):
            other = self.state.things.get(thing.fields[name] or "")
            if other is None or other.deleted_at is not None:
                thing.fields[name] = None
        return thing, True

    def _drop_dead(self, fields: dict[str, Any], operation: dict[str, Any]) -> bool:
        """Leave out references to what was deleted meanwhile; False where one leads nowhere."""
        for name, kind in (("list_id", "list"), ("parent_id", "todo")):
            if fields.get(name) is None:
                continue
            other = self.state.things.get(fields[name])
            if other is None or other.kind != kind:
                return False
            if other.deleted_at is not None:
                if other.deleted_at <= operation["base"]:
                    return False
                fields[name] = None
        return True

    def _is_below(self, key: str | None, above: str) -> bool:
        while key is not None:
            if key == above:
                return True
            key = self.state.things[key].fields["parent_id"]
        return False


def _groups(operations: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    for operation in operations:
        group = operation.get("group")
        if found and group is not None and found[-1][-1].get("group") == group:
            found[-1].append(operation)
        else:
            found.append([operation])
    return found
