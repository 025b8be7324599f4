"""An account in memory, whose changes can be taken back until they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from todos.models import Completion, Conflict, Todo, TodoList
from todos.ranks import rank_of_time

Row = TodoList | Todo | Completion | Conflict


@dataclass
class Known:
    """The rows that the operations touch, as they are. `taken` are ids of other accounts."""

    subject: str
    version: int
    lists: dict[UUID, TodoList] = field(default_factory=dict)
    todos: dict[UUID, Todo] = field(default_factory=dict)
    completions: dict[UUID, dict[date, Completion]] = field(default_factory=dict)
    conflicts: dict[UUID, Conflict] = field(default_factory=dict)
    # child → parent, of all that are not deleted.
    parents: dict[UUID, UUID] = field(default_factory=dict)
    # list → the to-dos in it that are not loaded, where a list is to be deleted.
    members: dict[UUID, set[UUID]] = field(default_factory=dict)
    taken: set[UUID] = field(default_factory=set)


class Draft:
    """Rows made and changed. Each change remembers how to undo itself."""

    def __init__(self, known: Known, *, now: datetime) -> None:
        self.known = known
        self.now = now
        self.version = known.version + 1
        # What every row that is made has.
        self._born = {"subject": known.subject, "version": self.version, "created_at": now}
        self.created: dict[UUID, Row] = {}
        self.changed: dict[UUID, Row] = {}
        # Deleted with all that is in them, be it loaded or not.
        self.deleted_lists: set[UUID] = set()
        # Their completions are told again: devices have forgotten them.
        self.revived: set[UUID] = set()
        self._undo: list[Callable[[], object]] = []

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.created or self.changed)

    @property
    def mark(self) -> int:
        """Where `take_back` can return to."""
        return len(self._undo)

    def take_back(self, mark: int) -> None:
        """Undo everything since `mark`."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def _next_rank(self) -> str:
        return rank_of_time(self.now, len(self.created))

    def _add(self, rows: dict[Any, Any], key: Any, row: Row) -> None:
        self._put(rows, key, row)
        self._put(self.created, row.id, row)

    def _bury_todo(self, row: Todo) -> None:
        """Delete it and, whatever list they are in, those that belong to it."""
        self._bury(row)
        self._set_parent(row.id, None)
        for child in [child for child, parent in self.known.parents.items() if parent == row.id]:
            found = self.known.todos.get(child)
            if found is not None and found.deleted_at is None:
                self._bury_todo(found)

    def _bury(self, row: Row) -> None:
        self._touch(row, deleted_at=self.now)

    def _touch(self, row: Row, **values: Any) -> None:
        """Set columns of a row, and that this version changed it."""
        if isinstance(row, TodoList | Todo):
            values["updated_at"] = self.now
        for name, value in {**values, "version": self.version}.items():
            self._write(row, name, value)
        if row.id not in self.created:
            self._put(self.changed, row.id, row)

    def _write(self, row: Any, name: str, value: Any) -> None:
        before = getattr(row, name)
        self._undo.append(lambda: setattr(row, name, before))
        setattr(row, name, value)

    def _put(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        if key in mapping:
            before = mapping[key]
            self._undo.append(lambda: mapping.__setitem__(key, before))
        else:
            self._undo.append(lambda: mapping.pop(key))
        mapping[key] = value

    def _add_to(self, found: set[UUID], identifier: UUID) -> None:
        if identifier not in found:
            found.add(identifier)
            self._undo.append(lambda: found.discard(identifier))

    def _set_parent(self, child: UUID, parent: UUID | None) -> None:
        parents = self.known.parents
        if parents.get(child) == parent:
            return
        if parent is not None:
            self._put(parents, child, parent)
        else:
            before = parents.pop(child)
            self._undo.append(lambda: parents.__setitem__(child, before))
