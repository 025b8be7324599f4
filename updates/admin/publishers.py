"""The screen of trusted publishers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chassis.errors import InvalidInput
from updates import commands
from updates.admin.base import CommandAdmin, actor_of
from updates.models import TrustedPublisher


class PublisherForm(forms.ModelForm[TrustedPublisher]):
    """A rule; what its command would refuse is told at the field."""

    class Meta:
        model = TrustedPublisher
        fields = ("product", "pipelines", "issuer", "repository", "workflow", "environment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "issuer" in self.fields:
            self.fields["issuer"].required = False
            self.fields["issuer"].help_text = _("Needed where several GitLabs are trusted.")

    def clean(self) -> dict[str, Any]:
        """The rules of rules."""
        values = super().clean() or {}
        if {"pipelines", "repository", "workflow"} <= values.keys():
            names = ("pipelines", "issuer", "repository", "workflow")
            try:
                values["issuer"] = commands.check_rule(**{name: values.get(name) or "" for name in names})
            except InvalidInput as error:
                self.add_error(error.errors[0].pointer.strip("/"), error.errors[0].detail)
        return values


@admin.register(TrustedPublisher)
class TrustedPublisherAdmin(CommandAdmin):
    """Workflows that may publish a product."""

    form = PublisherForm
    list_display = ("__str__", "product", "pipelines", "environment", "created_by", "removed_at")
    list_select_related = ("product",)
    list_filter = ("product",)
    actions = ("distrust",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rule is removed and made anew: what it let in is told by what it was."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: TrustedPublisher, form: Any, change: bool) -> None:
        """By the command."""
        values = dict(form.cleaned_data)
        product = values.pop("product").slug
        made = commands.trust_publisher(
            actor=actor_of(request), product=product, is_admin=request.user.is_superuser, **values
        )
        obj.pk = made.pk

    @admin.action(description=_("Trust no longer"), permissions=["change"])
    def distrust(self, request: HttpRequest, queryset: Any) -> None:
        """Their tokens end at once."""
        for found in queryset.select_related("product"):
            commands.distrust_publisher(
                actor=actor_of(request), product=found.product.slug, publisher_id=found.id
            )
