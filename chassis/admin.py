"""The chassis's rows in the admin: tasks with their dead letters, refused messages, staff identities.

Those of the publisher are beside it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from chassis import inbox
from chassis.models import RefusedMessage, StaffIdentity
from chassis.publishing.admin import PublishedFileAdmin as PublishedFileAdmin
from chassis.publishing.admin import PublishJobAdmin as PublishJobAdmin
from chassis.tasks import retry_dead_letter

if admin.site.is_registered(DBTaskResult):
    admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(admin.ModelAdmin[Any]):
    """What waits, runs, is done or is dead; a dead letter can be tried again."""

    list_display = (
        "task_name",
        "status",
        "attempts",
        "enqueued_at",
        "run_after",
        "finished_at",
        "last_error",
    )
    list_filter = ("status", "task_path")
    search_fields = ("task_path", "exception_class_path", "traceback")
    ordering = ("-enqueued_at",)
    fields = (
        "task_path",
        "status",
        "attempts",
        "args_kwargs",
        "enqueued_at",
        "run_after",
        "started_at",
        "finished_at",
        "last_error",
        "traceback",
    )
    readonly_fields = fields
    actions = ("try_again",)
    change_form_template = "admin/chassis/retry_change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tasks come from commands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only by trying again."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change tasks may have them tried again."""
        return request.user.has_perm("django_tasks_database.change_dbtaskresult")

    @admin.display(description=_("attempts"))
    def attempts(self, row: DBTaskResult[..., Any]) -> int:
        """How often a worker took it."""
        return len(row.worker_ids)

    @admin.display(description=_("last error"))
    def last_error(self, row: DBTaskResult[..., Any]) -> str:
        """The last line of its traceback."""
        lines = row.traceback.strip().splitlines()
        return lines[-1][:200] if lines else ""

    @admin.action(description=_("Try dead letters again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Put the dead ones of the selection back into the queue."""
        count = sum(retry_dead_letter(row) for row in queryset)
        text = ngettext("%(count)d task is tried again.", "%(count)d tasks are tried again.", count)
        self.message_user(request, text % {"count": count})

    def get_urls(self) -> list[URLPattern]:
        """With the address of the button."""
        view = self.admin_site.admin_view(require_POST(self.retry_view))
        return [path("<uuid:task_id>/retry/", view, name="task_retry"), *super().get_urls()]

    def retry_view(self, request: HttpRequest, task_id: Any) -> HttpResponse:
        """The button on a dead letter's page."""
        if self.has_retry_permission(request):
            self.try_again(request, DBTaskResult.objects.filter(pk=task_id))
        return HttpResponseRedirect(
            reverse("admin:django_tasks_database_dbtaskresult_change", args=[task_id])
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One task; with the button where it is dead."""
        found = self.get_object(request, object_id)
        is_dead = found is not None and found.status == TaskResultStatus.FAILED
        context = {**(extra_context or {})}
        if is_dead and self.has_retry_permission(request):
            context["retry_url"] = reverse("admin:task_retry", args=[object_id])
        return super().change_view(request, object_id, form_url, context)


@admin.register(StaffIdentity)
class StaffIdentityAdmin(admin.ModelAdmin[StaffIdentity]):
    """Who a staff member is at the issuer. Made at their first sign-in."""

    list_display = ("user", "issuer", "subject")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a sign-in makes one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: StaffIdentity | None = None) -> bool:
        """Only a sign-in changes one."""
        return False


@admin.register(RefusedMessage)
class RefusedMessageAdmin(admin.ModelAdmin[RefusedMessage]):
    """Messages from outside that no service could deal with; they can be tried again."""

    list_display = ("message_id", "short_reason", "deliveries", "received_at", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter),)
    search_fields = ("message_id", "reason", "body")
    fields = ("message_id", "reason", "deliveries", "received_at", "settled_at", "body")
    readonly_fields = fields
    actions = ("try_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from queues."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: RefusedMessage | None = None) -> bool:
        """Only by trying again."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change messages may have them tried again."""
        return request.user.has_perm("chassis.change_refusedmessage")

    @admin.display(description=_("reason"))
    def short_reason(self, row: RefusedMessage) -> str:
        """Its beginning."""
        return row.reason[:200]

    @admin.action(description=_("Try messages again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[RefusedMessage]) -> None:
        """Deliver the selection once more."""
        count = sum(inbox.try_again(row) for row in queryset.filter(settled_at=None))
        text = ngettext("%(count)d message is settled.", "%(count)d messages are settled.", count)
        self.message_user(request, text % {"count": count})
