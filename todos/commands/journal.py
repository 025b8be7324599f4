"""The rows that operations touch, read under the account's lock; what became of them, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from chassis.bulk import insert_rows, update_row
from chassis.rows import Select
from todos.commands.drafts import Draft, Known
from todos.commands.operations import Operation
from todos.commands.versions import bump
from todos.models import Account, Completion, Conflict, Todo, TodoList

_FIXED = {"id", "subject", "created_at"}
_KINDS: tuple[type[Model], ...] = (TodoList, Todo, Completion, Conflict)
_TAKEN = Select(Todo, ("id",), "WHERE id IN %s")


def load(account: Account, operations: Sequence[Operation]) -> Known:
    """What the operations touch. Two queries, and some more for what belongs together."""
    known = Known(subject=account.subject, version=account.version)
    _load_todos(known, _ids_of_todos(operations))
    _load_places(known, operations)
    _load_family(known, operations)
    _load_completions(known, operations)
    resolved = {found.target for found in operations if found.kind == "conflict.resolve"}
    if resolved:
        rows = Conflict.objects.filter(subject=account.subject, id__in=resolved)
        known.conflicts = {row.id: row for row in rows}
    return known


def write(account: Account, draft: Draft) -> None:
    """Count the account up and write every row once, all with its new version."""
    rows: dict[type[Model], tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for row in draft.created.values():
        rows[type(row)][0].append(row)
    for row in draft.changed.values():
        rows[type(row)][1].append(row)
    kinds = (
        set(rows) | ({Todo} if draft.deleted_lists else set()) | ({Completion} if draft.revived else set())
    )
    bump(account, kinds)
    _bury_members(draft)
    for kind in _KINDS:
        created, changed = rows[kind]
        # An id that another account takes at this moment is an IntegrityError, never a change of its row.
        insert_rows(created)
        _write_changed(kind, changed)
    if draft.revived:
        alive = Completion.objects.filter(todo_id__in=draft.revived, deleted_at=None)
        alive.update(version=draft.version)


def _write_changed(kind: type[Model], rows: list[Any]) -> None:
    if not rows:
        return
    names = [found.name for found in kind._meta.concrete_fields if found.name not in _FIXED]
    if len(rows) == 1:
        update_row(rows[0], names)
    else:
        insert_rows(rows, replace=names)


def _bury_members(draft: Draft) -> None:
    """What is in a deleted list and was not loaded. What was loaded is written after, as it is in memory."""
    if draft.deleted_lists:
        members = Todo.objects.filter(
            subject=draft.known.subject, todo_list_id__in=draft.deleted_lists, deleted_at=None
        )
        members.update(version=draft.version, deleted_at=draft.now, updated_at=draft.now)


def _ids(operations: Iterable[Operation], kind: str, reference: str) -> set[UUID]:
    mine = [found for found in operations if found.kind.startswith(kind)]
    ids = {found.target for found in mine if not found.is_new_id}
    return ids | {found.fields[reference] for found in operations if found.fields.get(reference)}


def _ids_of_todos(operations: Sequence[Operation]) -> set[UUID]:
    """Of those that are to be made, only what is there already: nearly always nothing."""
    ids = _ids(operations, "todo", "parent_id")
    made = {found.target for found in operations if found.kind == "todo.create"} & ids
    return ids - made | {UUID(found) for (found,) in _TAKEN.json_rows(list(made))} if made else ids


def _load_todos(known: Known, ids: set[UUID]) -> None:
    if not ids:
        return
    for row in Todo.objects.filter(id__in=ids):
        if row.subject == known.subject:
            known.todos[row.id] = row
        else:
            known.taken.add(row.id)


def _load_places(known: Known, operations: Sequence[Operation]) -> None:
    """The lists that are named, and list and parent of what may be brought back to them.

    That is what is deleted; or will be, before a later operation of the same batch brings it back.
    """
    is_deleting = any(found.kind.endswith(".delete") for found in operations)
    mortal = [row for row in known.todos.values() if is_deleting or row.deleted_at is not None]
    ids = _ids(operations, "list", "list_id")
    ids |= {row.todo_list_id for row in mortal if row.todo_list_id is not None}
    if ids:
        for row in TodoList.objects.filter(id__in=ids):
            if row.subject == known.subject:
                known.lists[row.id] = row
            else:
                known.taken.add(row.id)
    _load_todos(known, {row.parent_id for row in mortal if row.parent_id} - known.todos.keys())


def _load_family(known: Known, operations: Sequence[Operation]) -> None:
    """Who belongs to whom, where an operation may change it; and those that a deletion takes with it."""
    deleted = {found.target for found in operations if found.kind == "todo.delete"}
    lists = {found.target for found in operations if found.kind == "list.delete"} & known.lists.keys()
    moved = any(found.fields.get("parent_id") for found in operations)
    dead = any(row.deleted_at is not None and row.parent_id for row in known.todos.values())
    if not (deleted & known.todos.keys() or lists or moved or dead):
        return
    mine = Todo.objects.filter(subject=known.subject, deleted_at=None)
    known.parents = dict(mine.filter(parent__isnull=False).values_list("id", "parent_id"))
    if not known.parents:
        return
    for todo_id, list_id in mine.filter(todo_list_id__in=lists).values_list("id", "todo_list_id"):
        if todo_id not in known.todos:
            known.members.setdefault(list_id, set()).add(todo_id)
    inside = set[UUID]().union(*known.members.values())
    below = _descendants(known.parents, deleted | inside | known.todos.keys())
    _load_todos(known, below - inside - known.todos.keys())


def _descendants(parents: dict[UUID, UUID], ids: set[UUID]) -> set[UUID]:
    children: dict[UUID, list[UUID]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    found: set[UUID] = set()
    waiting = list(ids)
    while waiting:
        for child in children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _load_completions(known: Known, operations: Sequence[Operation]) -> None:
    ruled = {found.target for found in operations if found.fields.get("recurrence")}
    ids = [row.id for row in known.todos.values() if row.recurrence or row.id in ruled]
    if ids:
        for found in Completion.objects.filter(todo_id__in=ids):
            known.completions.setdefault(found.todo_id, {})[found.occurrence] = found
