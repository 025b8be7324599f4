"""Everything that is read of todos, with known numbers of queries. No read takes a lock."""

from todos.queries.calendar import list_due, secret_digest, subject_of_calendar
from todos.queries.changes import (
    KINDS,
    START,
    Changes,
    Position,
    SnapshotPage,
    read_changes,
    read_snapshot_page,
    require_current,
)
from todos.queries.documents import (
    completion_document,
    conflict_document,
    list_document,
    todo_document,
    value_document,
)
from todos.queries.pages import (
    Order,
    TodoFilter,
    get_list,
    get_todo,
    list_completions,
    list_conflicts,
    list_lists,
    list_todos,
    position_of,
    read_account,
    read_version,
)

__all__ = [
    "KINDS",
    "START",
    "Changes",
    "Order",
    "Position",
    "SnapshotPage",
    "TodoFilter",
    "completion_document",
    "conflict_document",
    "get_list",
    "get_todo",
    "list_completions",
    "list_conflicts",
    "list_document",
    "list_due",
    "list_lists",
    "list_todos",
    "position_of",
    "read_account",
    "read_changes",
    "read_snapshot_page",
    "read_version",
    "require_current",
    "secret_digest",
    "subject_of_calendar",
    "todo_document",
    "value_document",
]
