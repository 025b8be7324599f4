"""The screens of products and channels."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from chassis.errors import InvalidInput
from updates import commands
from updates.admin.base import CommandAdmin, actor_of
from updates.models import Channel, ManifestFormat, Product


class ProductForm(forms.ModelForm[Product]):
    """A product; what its command would refuse is told at the field."""

    formats = forms.MultipleChoiceField(
        label=_("further formats"),
        required=False,
        choices=ManifestFormat.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Published beside the plain manifest. A format is not taken away again."),
    )

    def clean(self) -> dict[str, Any]:
        """Whether the product's clients understand it."""
        values = super().clean() or {}
        old = Product.objects.filter(pk=self.instance.pk).first()
        product = Product(
            slug=values.get("slug") or self.instance.slug,
            version_scheme=values.get("version_scheme") or self.instance.version_scheme,
            formats=values.get("formats", []),
        )
        channels = [channel.slug for channel in old.channels.all()] if old else []
        try:
            commands.require_formats(product, channels=channels)
            if old:
                commands.with_formats(old, product.formats)
        except InvalidInput as error:
            self.add_error("formats", error.errors[0].detail)
        try:
            commands.require_public_keys(
                values.get("public_keys", ""), needs_signatures=values.get("needs_signatures", False)
            )
        except InvalidInput as error:
            self.add_error("public_keys", error.errors[0].detail)
        return values


@admin.register(Product)
class ProductAdmin(CommandAdmin):
    """Products."""

    form = ProductForm

    list_display = ("name", "slug", "version_scheme", "download_page")
    search_fields = ("name", "slug")
    fields = (
        "name",
        "slug",
        "summary",
        "version_scheme",
        "formats",
        "needs_second_person",
        "needs_signatures",
        "public_keys",
        "download_page",
    )
    readonly_fields = ("download_page",)

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        """Addresses and the order of versions stay as they are."""
        return ("slug", "version_scheme", "download_page") if obj else ("download_page",)

    @admin.display(description=_("download page"))
    def download_page(self, obj: Product) -> str:
        """Where people download."""
        if not obj.slug:
            return "–"
        url = f"{settings.PUBLIC_URL}/updates/{obj.slug}/"
        return format_html('<a href="{}">{}</a>', url, url)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """By the command."""
        values = {name: form.cleaned_data[name] for name in form.changed_data}
        if change:
            commands.update_product(
                actor=actor_of(request),
                product=obj.slug,
                if_revisions=None,
                changes=values,
                is_admin=request.user.is_superuser,
            )
            return
        made = commands.create_product(actor=actor_of(request), **form.cleaned_data)
        obj.pk = made.pk


@admin.register(Channel)
class ChannelAdmin(CommandAdmin):
    """Channels."""

    list_display = ("__str__", "slug", "is_announced", "manifest")
    list_select_related = ("product",)
    list_filter = ("product",)
    fields = ("product", "name", "slug", "is_announced", "manifest")
    readonly_fields = ("manifest",)

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> tuple[str, ...]:
        """Addresses stay as they are."""
        return ("product", "slug", "manifest") if obj else ("manifest",)

    @admin.display(description=_("manifest"))
    def manifest(self, obj: Channel) -> str:
        """What programs ask."""
        if not obj.slug:
            return "–"
        url = f"{settings.PUBLIC_URL}/updates/{obj.product.slug}/{obj.slug}.json"
        return format_html('<a href="{}">{}</a>', url, url)

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """By the command."""
        actor, values = actor_of(request), dict(form.cleaned_data)
        if change:
            commands.update_channel(actor=actor, product=obj.product.slug, channel=obj.slug, changes=values)
            return
        product = values.pop("product").slug
        made = commands.create_channel(actor=actor, product=product, **values)
        obj.pk = made.pk
