"""The publisher's rows in the admin: jobs with their receipts, and what each key holds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chassis.models import PublishedFile, PublishJob
from chassis.publishing import jobs

SHA256_SHOWN = 12


@admin.register(PublishJob)
class PublishJobAdmin(admin.ModelAdmin[PublishJob]):
    """What was asked to be published, and what became of it; a failed job can be tried again."""

    list_display = ("title", "state", "requested_at", "seconds", "requested_by", "scope", "short_error")
    list_filter = ("state", "kind", "scope")
    search_fields = ("title", "argument", "requested_by", "error")
    date_hierarchy = "requested_at"
    fields = (
        "title",
        "state",
        "error",
        "refusals",
        "changes",
        "receipt_table",
        "kind",
        "argument",
        "scope",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "attempts",
        "invalidations",
    )
    readonly_fields = fields
    actions = ("try_again",)
    change_form_template = "admin/chassis/retry_change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs come from commands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PublishJob | None = None) -> bool:
        """Only by trying again."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PublishJob | None = None) -> bool:
        """Old ones go by themselves."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change jobs may have them tried again."""
        return request.user.has_perm("chassis.change_publishjob")

    @admin.display(description=_("seconds"))
    def seconds(self, job: PublishJob) -> str:
        """From the request until the slowest file of the receipt was served."""
        milliseconds = job.receipt.get("milliseconds")
        return "" if milliseconds is None else f"{milliseconds / 1000:.1f}"

    @admin.display(description=_("error"))
    def short_error(self, job: PublishJob) -> str:
        """Its beginning."""
        return job.error[:200]

    @admin.display(description=_("what to mend"))
    def refusals(self, job: PublishJob) -> SafeString:
        """What the plan refused, field by field."""
        lines = ((one["pointer"], one["detail"]) for one in job.errors)
        return format_html_join("", "<p><code>{}</code> {}</p>", lines)

    @admin.display(description=_("files"))
    def changes(self, job: PublishJob) -> str:
        """How many were written and removed."""
        if "written" not in job.receipt:
            return ""
        counts = {"written": job.receipt["written"], "removed": job.receipt["removed"]}
        return str(_("%(written)d written, %(removed)d removed") % counts)

    @admin.display(description=_("receipt"))
    def receipt_table(self, job: PublishJob) -> SafeString:
        """Which addresses served the new files, and how long after the request."""
        files = job.receipt.get("files", [])
        rows = format_html_join(
            "",
            '<tr><td><a href="{}">{}</a></td><td>{} ms</td><td><code>{}</code></td></tr>',
            (
                (one["url"], one["url"], one["milliseconds"], one["sha256"][:SHA256_SHOWN] or _("gone"))
                for one in files
            ),
        )
        if not files:
            return SafeString("")
        head = format_html("<tr><th>{}</th><th>{}</th><th>SHA-256</th></tr>", _("address"), _("served after"))
        return format_html("<table><thead>{}</thead><tbody>{}</tbody></table>", head, rows)

    @admin.display(description=_("invalidations"))
    def invalidations(self, job: PublishJob) -> str:
        """Their ids at the edge."""
        return ", ".join(job.receipt.get("invalidations", []))

    @admin.action(description=_("Try failed jobs again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[PublishJob]) -> None:
        """Put the failed ones of the selection back into the queue."""
        count = sum(jobs.try_again(job) for job in queryset)
        text = ngettext("%(count)d job is tried again.", "%(count)d jobs are tried again.", count)
        self.message_user(request, text % {"count": count})

    def get_urls(self) -> list[URLPattern]:
        """With the address of the button."""
        view = self.admin_site.admin_view(require_POST(self.retry_view))
        return [path("<uuid:job_id>/retry/", view, name="publish_job_retry"), *super().get_urls()]

    def retry_view(self, request: HttpRequest, job_id: Any) -> HttpResponse:
        """The button on a failed job's page."""
        if self.has_retry_permission(request):
            self.try_again(request, PublishJob.objects.filter(pk=job_id))
        return HttpResponseRedirect(reverse("admin:chassis_publishjob_change", args=[job_id]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One job; with the button where it failed."""
        job = self.get_object(request, object_id)
        can_retry = job is not None and job.state == PublishJob.State.FAILED
        context = {**(extra_context or {})}
        if can_retry and self.has_retry_permission(request):
            context["retry_url"] = reverse("admin:publish_job_retry", args=[object_id])
        return super().change_view(request, object_id, form_url, context)


@admin.register(PublishedFile)
class PublishedFileAdmin(admin.ModelAdmin[PublishedFile]):
    """What the publisher knows of each key of the public bucket."""

    list_display = ("key", "rule", "size", "scope", "is_settled", "is_stale_at_edge", "removed_at")
    list_filter = (
        "rule",
        "scope",
        "is_settled",
        "is_stale_at_edge",
        ("removed_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("job",)
    search_fields = ("key", "sha256")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a job makes one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PublishedFile | None = None) -> bool:
        """Only a job changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PublishedFile | None = None) -> bool:
        """Only a job removes one."""
        return False
