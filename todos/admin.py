"""Lists and to-dos for those who help users: to look at, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from todos.models import Todo, TodoList


class LookingOnly(admin.ModelAdmin[Any]):
    """What belongs to users is changed by users."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes to-dos for others."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looking only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A row that vanishes without a tombstone would come back from other devices."""
        return False


@admin.register(TodoList)
class TodoListAdmin(LookingOnly):
    """Lists."""

    list_display = ("title", "subject", "version", "updated_at", "deleted_at")
    search_fields = ("subject", "title")


@admin.register(Todo)
class TodoAdmin(LookingOnly):
    """To-dos."""

    list_display = ("title", "subject", "todo_list", "due_on", "done_at", "version", "deleted_at")
    list_select_related = ("todo_list",)
    search_fields = ("subject", "title")
