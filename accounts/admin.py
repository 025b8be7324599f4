"""Profiles for those who help users: to look at, and to hide what should not be public."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import commands
from accounts.models import Profile


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin[Profile]):
    """Profiles are made by their owners; staff may change what everybody reads."""

    list_display = ("display_name", "email", "subject", "is_public", "folder_bytes", "updated_at")
    list_filter = ("is_public",)
    search_fields = ("display_name", "email", "subject")
    fields = (
        "display_name",
        "bio",
        "is_public",
        "subject",
        "email",
        "folder_bytes",
        "folder_stored_bytes",
        "folder_files",
        "created_at",
    )
    readonly_fields = (
        "subject",
        "email",
        "folder_bytes",
        "folder_stored_bytes",
        "folder_files",
        "created_at",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A profile is made at its owner's first visit."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Profile | None = None) -> bool:
        """Erasing a person is more than deleting this row."""
        return False

    def save_model(self, request: HttpRequest, obj: Profile, form: Any, change: bool) -> None:
        """By the command, so that the version grows and readers see the change."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        commands.update_profile(subject=obj.subject, if_versions=None, changes=changes)
