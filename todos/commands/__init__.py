"""Everything that changes something in todos, one function a use case."""

from todos.commands.attachments import ATTACHMENTS_MOST, CheckedFile, attach_file, check_file, detach_file
from todos.commands.calendar import close_calendar, renew_calendar
from todos.commands.imports import import_rows
from todos.commands.lists import create_list, delete_list, update_list
from todos.commands.pruning import prune
from todos.commands.snapshots import write_snapshot
from todos.commands.sync import carry_out
from todos.commands.todos import (
    complete_todo,
    create_todo,
    delete_todo,
    reopen_todo,
    resolve_conflict,
    update_todo,
)

__all__ = [
    "ATTACHMENTS_MOST",
    "CheckedFile",
    "attach_file",
    "carry_out",
    "check_file",
    "close_calendar",
    "complete_todo",
    "create_list",
    "create_todo",
    "delete_list",
    "delete_todo",
    "detach_file",
    "import_rows",
    "prune",
    "renew_calendar",
    "reopen_todo",
    "resolve_conflict",
    "update_list",
    "update_todo",
    "write_snapshot",
]
