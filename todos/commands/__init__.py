"""Everything that changes something in todos, one function a use case."""

from todos.commands.attachments import ATTACHMENTS_MOST, CheckedFile, attach_file, check_file, detach_file
from todos.commands.lists import create_list, delete_list, update_list
from todos.commands.todos import complete_todo, create_todo, delete_todo, reopen_todo, update_todo

__all__ = [
    "ATTACHMENTS_MOST",
    "CheckedFile",
    "attach_file",
    "check_file",
    "complete_todo",
    "create_list",
    "create_todo",
    "delete_list",
    "delete_todo",
    "detach_file",
    "reopen_todo",
    "update_list",
    "update_todo",
]
