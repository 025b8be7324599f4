"""Readers by mail, and the account of every mail."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blog import commands
from blog.admin.mailing import MailTemplatePages
from blog.errors import PostNotPublic
from blog.models import Mail, Subscriber

# Spreadsheets take a cell that begins so for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin[Subscriber]):
    """They come and go by themselves; an editor can only leave one alone, or forget one."""

    list_display = ("address", "state", "reason", "asked_at", "confirmed_at", "ended_at")
    list_filter = ("state",)
    search_fields = ("address",)
    ordering = ("-id",)
    fields = list_display
    actions = ("suppress", "lift_suppression", "export")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the owner of an address can ask for mails."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        """Only by the actions."""
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whoever may change subscribers may use the actions."""
        return request.user.has_perm("blog.change_subscriber")

    def delete_model(self, request: HttpRequest, obj: Subscriber) -> None:
        """Forget an address with all its mails."""
        commands.forget_subscriber(subscriber_id=obj.id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        """Each by the command."""
        for subscriber in queryset:
            self.delete_model(request, subscriber)

    @admin.action(description=_("Never write to them again"), permissions=["act"])
    def suppress(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        """For those who asked for it by other ways."""
        for subscriber in queryset:
            commands.suppress(subscriber_id=subscriber.id, reason="editor")

    @admin.action(description=_("Let them subscribe again"), permissions=["act"])
    def lift_suppression(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        """For a mailbox that works again. They are asked anew, when they subscribe."""
        count = sum(commands.lift_suppression(subscriber_id=row.id) for row in queryset)
        text = ngettext("%(count)d address may ask again.", "%(count)d addresses may ask again.", count)
        self.message_user(request, text % {"count": count})

    @admin.action(description=_("Download as CSV"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> HttpResponse:
        """Nothing in it is a formula to a spreadsheet."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="subscribers.csv"'
        writer = csv.writer(response)
        writer.writerow(self.list_display)
        for subscriber in queryset:
            writer.writerow(_cell(getattr(subscriber, name)) for name in self.list_display)
        return response


@admin.register(Mail)
class MailAdmin(MailTemplatePages, admin.ModelAdmin[Mail]):
    """What was to be sent to whom, and what became of it."""

    list_display = ("created_at", "address", "kind", "state", "attempts", "sent_at", "settled_at", "note")
    list_filter = ("state", "kind", ("post", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("subscriber",)
    search_fields = ("subscriber__address", "test_address", "message_id")
    ordering = ("-id",)
    fields = ("address", "kind", "post", "state", "attempts", "message_id", "note", "created_at",
              "sent_at", "settled_at")  # fmt: skip
    readonly_fields = fields
    actions = ("count_as_sent", "send_again")
    change_list_template = "admin/blog/mail/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """With the page of the templates."""
        return [*self.template_urls(), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Mails come from commands."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        """Only by the actions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mail | None = None) -> bool:
        """The account stays whole; a mail goes with its subscriber, whose page asks with the mail in hand."""
        return obj is not None and request.user.has_perm("blog.delete_subscriber")

    def delete_model(self, request: HttpRequest, obj: Mail) -> None:
        """Never alone."""
        raise PermissionDenied

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        """Never alone."""
        raise PermissionDenied

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whoever may change mails may settle them."""
        return request.user.has_perm("blog.change_mail")

    @admin.display(description=_("address"), ordering="subscriber__address")
    def address(self, mail: Mail) -> str:
        """To whom."""
        return mail.address

    @admin.action(description=_("In doubt: count as sent"), permissions=["act"])
    def count_as_sent(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        """When the provider's own pages say that it went out."""
        self._settle(request, queryset, was_sent=True)

    @admin.action(description=_("In doubt: send again"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        """When it surely did not go out."""
        self._settle(request, queryset, was_sent=False)

    def _settle(self, request: HttpRequest, queryset: QuerySet[Mail], *, was_sent: bool) -> None:
        count = 0
        for mail in queryset:
            try:
                count += commands.settle_doubt(mail_id=mail.id, was_sent=was_sent)
            except PostNotPublic as error:
                self.message_user(request, f"{mail}: {error.detail}", messages.ERROR)
        text = ngettext("%(count)d mail was in doubt.", "%(count)d mails were in doubt.", count)
        self.message_user(request, text % {"count": count})


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
