"""What the screens of updates share: rows that commands make, and rows for looking only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from chassis.errors import DomainError
from chassis.staff import principal_subject


class CommandAdmin(admin.ModelAdmin[Any]):
    """Rows that are made and changed by commands, and never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was once public stays known."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The form; what a command refuses after the form let it pass is told above it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class LookingOnly(admin.ModelAdmin[Any]):
    """Rows that steps leave behind."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Steps make them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looking only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay."""
        return False


def actor_of(request: HttpRequest) -> str:
    """The subject of the staff member who asks."""
    return principal_subject(request.user)  # type: ignore[arg-type]  # the admin lets in nobody else
