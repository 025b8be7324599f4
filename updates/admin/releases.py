"""The screens of releases: made, filled with files, approved, published, offered to more, withdrawn."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chassis.errors import DomainError, InvalidInput
from updates import commands
from updates.admin.base import CommandAdmin, actor_of
from updates.admin.panel import panel_of
from updates.admin.steps import STEPS, Command
from updates.models import LIVE_STATES, Release


class ReleaseForm(forms.ModelForm[Release]):
    """A release; what its command would refuse is told at the field."""

    class Meta:
        model = Release
        fields = ("channel", "version", *commands.CONTENTS)

    def clean(self) -> dict[str, Any]:
        """The rules of versions."""
        cleaned = super().clean() or {}
        version = cleaned.get("version", self.instance.version)
        channel = cleaned.get("channel") or (self.instance.channel if self.instance.channel_id else None)
        if not version or channel is None:
            return cleaned
        contents = {name: cleaned[name] for name in commands.CONTENTS if name in cleaned}
        is_new = self.instance._state.adding
        try:
            commands.check_contents(channel=channel, version=version, contents=contents, is_new=is_new)
        except InvalidInput as error:
            for finding in error.errors:
                self.add_error(finding.pointer.split("/")[1], finding.detail)
        return cleaned

    def clean_minimum_systems(self) -> Any:
        """Nothing written is nothing asked."""
        return self.cleaned_data["minimum_systems"] or {}

    def clean_locales(self) -> Any:
        """Nothing written is nothing asked."""
        return self.cleaned_data["locales"] or []


@admin.register(Release)
class ReleaseAdmin(CommandAdmin):
    """Releases: made, filled with files, published, withdrawn."""

    form = ReleaseForm
    fieldsets = (
        (None, {"fields": ("channel", "version", "notes", "is_critical", "minimum_version")}),
        (_("For which installations"), {"classes": ("collapse",), "fields": commands.CONTENTS[3:]}),
    )
    list_display = ("__str__", "channel_name", "state", "rollout", "released_at", "created_at")
    list_select_related = ("channel__product",)
    list_filter = ("state", "channel")
    search_fields = ("version", "channel__product__name")
    change_form_template = "admin/updates/release/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Release | None = None) -> tuple[str, ...]:
        """Version and channel stay; a closed release stays altogether."""
        if obj is None:
            return ()
        return ("channel", "version", *(() if obj.is_open else commands.CONTENTS))

    @admin.display(description=_("channel"), ordering="channel")
    def channel_name(self, obj: Release) -> str:
        """Without the product, which stands before it."""
        return obj.channel.name

    @admin.display(description=_("rollout"))
    def rollout(self, obj: Release) -> str:
        """To how many it is offered."""
        return f"{obj.rollout_percent} %" if obj.state in LIVE_STATES else "–"

    def save_model(self, request: HttpRequest, obj: Release, form: Any, change: bool) -> None:
        """By the command."""
        values = dict(form.cleaned_data)
        if change:
            values = {name: values[name] for name in form.changed_data}
            commands.update_release(
                actor=actor_of(request), release_id=obj.pk, if_revisions=None, changes=values
            )
            return
        channel = values.pop("channel")
        made = commands.create_release(
            actor=actor_of(request), product=channel.product.slug, channel=channel.slug, **values
        )
        obj.pk = made.pk

    def response_add(self, request: HttpRequest, obj: Release, post_url_continue: Any = None) -> HttpResponse:
        """On to the files."""
        self.message_user(request, _("The release is made. Add its files."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:updates_release_change", args=[obj.pk]))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form, the files, the receipt, and what was done."""
        release = self.get_object(request, object_id)
        context: dict[str, Any] = {"show_save_and_add_another": False}
        if release is not None:
            may_change = self.has_change_permission(request, release)
            context |= panel_of(release, actor=actor_of(request), may_change=may_change)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def get_urls(self) -> list[URLPattern]:
        """With the addresses of the buttons."""
        mine = [
            path(
                f"<uuid:release_id>/{name}/",
                self.admin_site.admin_view(require_POST(self._step_view(command, text))),
                name=f"updates_release_{name}",
            )
            for name, (command, text) in STEPS.items()
        ]
        return [*mine, *super().get_urls()]

    def _step_view(self, command: Command, text: Any) -> Any:
        def view(request: HttpRequest, release_id: UUID) -> HttpResponse:
            if self.has_change_permission(request):
                try:
                    command(request, actor=actor_of(request), release_id=release_id)
                    self.message_user(request, text, messages.SUCCESS)
                except DomainError as error:
                    self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:updates_release_change", args=[release_id]))

        return view
