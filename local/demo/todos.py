"""The demo world in todos: lists with to-dos, some of them done, some with a file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from local.demo.world import DemoFile, DemoList, DemoTodo
from todos import commands
from todos.models import Account, Todo, TodoList


def is_empty() -> bool:
    """Whether nobody has ever had a to-do."""
    return not Account.objects.exists()


def make_list(subject: str, demo_list: DemoList, *, files: Mapping[str, DemoFile]) -> int:
    """A list and its to-dos, those that are not there yet; the number of to-dos made.

    What somebody deleted stays deleted: its tombstone holds the id.
    """
    found = TodoList.objects.filter(id=demo_list.id).first()
    if found is None:
        commands.create_list(subject=subject, title=demo_list.name, colour=demo_list.colour, id=demo_list.id)
    elif found.deleted_at is not None:
        return 0
    ids = [todo.id for todo in demo_list.todos]
    known = set(Todo.objects.filter(id__in=ids).values_list("id", flat=True))
    missing = [todo for todo in demo_list.todos if todo.id not in known]
    for todo in missing:
        _make_todo(subject, demo_list, todo, files)
    return len(missing)


def _make_todo(subject: str, demo_list: DemoList, todo: DemoTodo, files: Mapping[str, DemoFile]) -> None:
    commands.create_todo(
        subject=subject,
        title=todo.title,
        list_id=demo_list.id,
        notes=todo.notes,
        due_on=todo.due_on(timezone.localdate()),
        priority=todo.priority,
        tags=todo.tags,
        id=todo.id,
    )
    if todo.attachment:
        file = files[todo.attachment]
        checked = commands.CheckedFile(key=file.key, size=len(file.content), content_type=file.content_type)
        commands.attach_file(subject=subject, todo_id=todo.id, file=checked)
    if todo.is_done:
        commands.complete_todo(subject=subject, todo_id=todo.id, if_versions=None)
