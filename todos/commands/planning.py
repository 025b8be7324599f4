"""What operations make of an account, decided in memory: nothing is read or written here.

`docs/sync.md` gives the rules. Every change can be taken back, so that an operation, or a group of them,
is carried out wholly or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from chassis.bulk import new_row
from chassis.errors import FieldError, IdTaken, InvalidInput
from chassis.identifiers import uuid7
from todos.commands.drafts import Draft, Known
from todos.commands.operations import Operation, TagChange
from todos.commands.versions import require_version
from todos.errors import ConflictNotFound, ListNotFound, ParentCycle, TodoNotFound, VersionAhead
from todos.models import Completion, Conflict, Todo, TodoList, join_tags
from todos.queries import value_document
from todos.recurrence import first_open
from todos.values import DUE, ValueRefused, require_tags

# The API's name → the table's, where they differ.
_COLUMNS = {"list_id": "todo_list_id", "archived": "is_archived"}
_SCHEDULE = {"due_on", "recurrence"}
Changeable = TypeVar("Changeable", TodoList, Todo)


@dataclass(frozen=True)
class Outcome:
    """What an operation did."""

    has_changed: bool
    conflicts: tuple[UUID, ...] = ()


class Plan(Draft):
    """The account as the operations carried out so far leave it. `device` is empty for a single request."""

    def __init__(self, known: Known, *, device: str, now: datetime) -> None:
        super().__init__(known, now=now)
        self.device = device
        # One for all: nothing changes a clock, a new one takes its place.
        self._born_with_clocks = {**self._born, "updated_at": now, "clocks": {"*": [self.version, device]}}
        self._conflicts: list[UUID] = []

    def carry_out(self, operation: Operation) -> Outcome:
        """Do it, or change nothing.

        Raises:
            DomainError: why it is refused.
        """
        if operation.base is not None and operation.base > self.known.version:
            raise VersionAhead(f"The account is at {self.known.version}.")
        mark = self.mark
        self._conflicts = []
        try:
            _HANDLERS[operation.kind](self, operation)
        except Exception:
            self.take_back(mark)
            raise
        return Outcome(self.mark > mark, tuple(self._conflicts))

    # --- Lists --------------------------------------------------------------------------------

    def create_list(self, operation: Operation) -> None:
        """Make a list."""
        self._require_free(operation.target, self.known.lists)
        fields = {"rank": self._next_rank(), **_columns(operation.fields)}
        row = self._made(TodoList, operation.target, fields)
        self._add(self.known.lists, row.id, row)

    def change_list(self, operation: Operation) -> None:
        """Set fields of a list."""
        row = self._list(operation, may_revive=True)
        self._merge(row, operation, operation.fields)

    def delete_list(self, operation: Operation) -> None:
        """Delete a list and what is in it."""
        row = self.known.lists.get(operation.target)
        if row is not None and row.deleted_at is not None and operation.base is not None:
            return
        row = self._list(operation)
        self._bury(row)
        self._add_to(self.deleted_lists, row.id)
        inside = self.known.members.get(row.id, set())
        for todo in list(self.known.todos.values()):
            is_inside = todo.todo_list_id == row.id or self.known.parents.get(todo.id) in inside
            if is_inside and todo.deleted_at is None:
                self._bury_todo(todo)

    # --- To-dos -------------------------------------------------------------------------------

    def create_todo(self, operation: Operation) -> None:
        """Make a to-do."""
        self._require_free(operation.target, self.known.todos)
        fields = _columns(self._with_references(operation, operation.fields))
        fields["tags"] = join_tags(fields.get("tags", ()))
        fields.setdefault("rank", self._next_rank())
        fields["next_on"] = fields.get("due_on")
        row = self._made(Todo, operation.target, fields)
        self._add(self.known.todos, row.id, row)
        if row.parent_id is not None:
            self._set_parent(row.id, row.parent_id)
        self._reschedule(row)

    def change_todo(self, operation: Operation) -> None:
        """Set fields of a to-do."""
        row = self._todo(operation, may_revive=True)
        fields = self._with_references(operation, operation.fields)
        tags = fields.pop("tags", None)
        if fields.get("parent_id") is not None:
            self._require_no_cycle(row.id, fields["parent_id"])
        self._merge(row, operation, fields)
        if tags is not None:
            self._change_tags(row, tags)
        if "parent_id" in fields and row.deleted_at is None:
            self._set_parent(row.id, row.parent_id)
        if not _SCHEDULE.isdisjoint(fields):
            self._reschedule(row)

    def delete_todo(self, operation: Operation) -> None:
        """Delete a to-do and those that belong to it."""
        row = self.known.todos.get(operation.target)
        if row is not None and row.deleted_at is not None and operation.base is not None:
            return
        self._bury_todo(self._todo(operation))

    def complete_todo(self, operation: Operation) -> None:
        """Mark a to-do, or one occurrence of it, done."""
        row = self._todo(operation, may_revive=True)
        at = min(operation.fields.get("at", self.now), self.now)
        if not _comes_again(row):
            if row.done_at is None:
                self._touch(row, done_at=at)
            return
        day = _occurrence(row, operation)
        completions = self.known.completions.setdefault(row.id, {})
        found = completions.get(day)
        if found is not None and found.deleted_at is None:
            return
        if found is None:
            made = Completion(**self._born, id=uuid7(), todo_id=row.id, occurrence=day, done_at=at)
            self._add(completions, day, made)
        else:
            self._touch(found, deleted_at=None, done_at=at)
        self._reschedule(row, at=at)

    def reopen_todo(self, operation: Operation) -> None:
        """Mark a to-do, or one occurrence of it, as not done after all."""
        row = self._todo(operation, may_revive=True)
        if not _comes_again(row):
            if row.done_at is not None:
                self._touch(row, done_at=None)
            return
        day = _occurrence(row, operation)
        found = self.known.completions.get(row.id, {}).get(day)
        if found is not None and found.deleted_at is None:
            self._bury(found)
            self._reschedule(row)

    def resolve_conflict(self, operation: Operation) -> None:
        """The user has decided: the conflict is forgotten."""
        row = self.known.conflicts.get(operation.target)
        if row is None:
            raise ConflictNotFound
        if row.deleted_at is None:
            require_version(row.version, operation.if_versions)
            self._bury(row)
        elif operation.base is None:
            raise ConflictNotFound

    # --- Rows ---------------------------------------------------------------------------------

    def _made(self, model: type[Changeable], identifier: UUID, fields: dict[str, Any]) -> Changeable:
        return new_row(model, {**fields, **self._born_with_clocks, "id": identifier})

    def _list(self, operation: Operation, *, may_revive: bool = False) -> TodoList:
        row = self.known.lists.get(operation.target)
        if row is None or not self._is_there(row, operation, may_revive):
            raise ListNotFound
        require_version(row.version, operation.if_versions)
        return row

    def _todo(self, operation: Operation, *, may_revive: bool = False) -> Todo:
        row = self.known.todos.get(operation.target)
        if row is None or not self._is_there(row, operation, may_revive):
            raise TodoNotFound
        require_version(row.version, operation.if_versions)
        return row

    def _is_there(self, row: TodoList | Todo, operation: Operation, may_revive: bool) -> bool:
        """Whether it is not deleted, or was while the client had not seen it: then it lives again."""
        if row.deleted_at is None:
            return True
        if not may_revive or operation.base is None or row.version <= operation.base:
            return False
        self._touch(row, deleted_at=None)
        if isinstance(row, Todo):
            self._add_to(self.revived, row.id)
            for name, rows in (("todo_list_id", self.known.lists), ("parent_id", self.known.todos)):
                found: Any = rows.get(getattr(row, name))
                if found is None or found.deleted_at is not None:
                    self._write(row, name, None)
            self._set_parent(row.id, row.parent_id)
        return True

    def _with_references(self, operation: Operation, fields: Any) -> dict[str, Any]:
        """`fields` without references to what was deleted meanwhile."""
        found = dict(fields)
        for name, rows, code in (
            ("list_id", self.known.lists, "unknown-list"),
            ("parent_id", self.known.todos, "unknown-parent"),
        ):
            if found.get(name) is None:
                continue
            row: Any = rows.get(found[name])
            if row is not None and row.deleted_at is None:
                continue
            if row is None or operation.base is None or row.version <= operation.base:
                raise _refused(f"/{name}", code, "There is none of this id. Name one of yours, or none.")
            found[name] = None
        return found

    def _require_no_cycle(self, child: UUID, parent: UUID) -> None:
        above: UUID | None = parent
        while above is not None:
            if above == child:
                raise ParentCycle
            above = self.known.parents.get(above)

    def _require_free(self, target: UUID, rows: Any) -> None:
        if target in rows or target in self.known.taken:
            raise IdTaken

    # --- Merging ------------------------------------------------------------------------------

    def _merge(self, row: TodoList | Todo, operation: Operation, fields: dict[str, Any] | Any) -> None:
        """Set fields one by one. One that somebody else has set since `base` is kept as a conflict."""
        for unit, names in _units(fields):
            wanted = {_COLUMNS.get(name, name): fields[name] for name in names}
            current = {column: getattr(row, column) for column in wanted}
            if current == wanted:
                continue
            version, device = row.clocks.get(unit) or row.clocks.get("*") or (0, "")
            if operation.base is not None and version > operation.base and device != self.device:
                self._keep_conflict(row, unit, names, current, wanted)
            self._touch(row, **wanted, clocks={**row.clocks, unit: [self.version, self.device]})

    def _keep_conflict(
        self,
        row: TodoList | Todo,
        unit: str,
        names: tuple[str, ...],
        losing: dict[str, Any],
        winning: dict[str, Any],
    ) -> None:
        conflict = Conflict(
            **self._born,
            id=uuid7(),
            target_kind="todo" if isinstance(row, Todo) else "list",
            target_id=row.id,
            field=unit,
            losing=_conflict_value(names, losing),
            winning=_conflict_value(names, winning),
        )
        self._add(self.known.conflicts, conflict.id, conflict)
        self._conflicts.append(conflict.id)

    def _change_tags(self, row: Todo, change: TagChange | list[str]) -> None:
        tags = row.tag_list
        if isinstance(change, TagChange):
            tags = [tag for tag in tags if tag not in change.remove]
            tags += [tag for tag in change.add if tag not in tags]
        else:
            tags = list(change)
        if join_tags(tags) == row.tags:
            return
        try:
            require_tags(len(tags))
        except ValueRefused as error:
            raise _refused("/tags", error.code, str(error)) from error
        self._touch(row, tags=join_tags(tags))

    def _reschedule(self, row: Todo, *, at: datetime | None = None) -> None:
        """Keep `next_on` and `done_at` true of the rule and of what is done."""
        if not _comes_again(row):
            if row.next_on != row.due_on:
                self._touch(row, next_on=row.due_on)
            return
        completions = self.known.completions.get(row.id, {})
        done = {day for day, found in completions.items() if found.deleted_at is None}
        upcoming = first_open(row.recurrence, row.due_on, done)  # type: ignore[arg-type]
        done_at = None if upcoming else row.done_at or at or self.now
        if (upcoming, done_at) != (row.next_on, row.done_at):
            self._touch(row, next_on=upcoming, done_at=done_at)


def _comes_again(row: Todo) -> bool:
    return bool(row.recurrence) and row.due_on is not None


def _occurrence(row: Todo, operation: Operation) -> date:
    """The one that is named, else the first."""
    named: date | None = operation.fields.get("occurrence")
    return named or row.due_on or date.min


def _columns(fields: Any) -> dict[str, Any]:
    return {_COLUMNS.get(name, name): value for name, value in fields.items()}


def _units(fields: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What is merged as one: each field for itself, the three members of a due date together."""
    names = list(fields)
    units: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in names if name not in DUE]
    return [*units, ("due", DUE)] if "due_on" in names else units


def _conflict_value(names: tuple[str, ...], columns: dict[str, Any]) -> Any:
    values = {name: value_document(name, columns[_COLUMNS.get(name, name)]) for name in names}
    return values if len(names) > 1 else values[names[0]]


def _refused(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])


_HANDLERS: dict[str, Callable[[Plan, Operation], None]] = {
    "list.create": Plan.create_list,
    "list.update": Plan.change_list,
    "list.delete": Plan.delete_list,
    "todo.create": Plan.create_todo,
    "todo.update": Plan.change_todo,
    "todo.delete": Plan.delete_todo,
    "todo.complete": Plan.complete_todo,
    "todo.reopen": Plan.reopen_todo,
    "conflict.resolve": Plan.resolve_conflict,
}
