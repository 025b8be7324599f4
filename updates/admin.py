"""The release editors' screens. Whatever changes something calls a command."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chassis.errors import DomainError, InvalidInput
from chassis.models import StaffIdentity
from chassis.staff import principal_subject
from updates import commands, queries
from updates.models import (
    Architecture,
    Artifact,
    ArtifactKind,
    AuditEntry,
    Channel,
    ManifestFormat,
    OperatingSystem,
    Product,
    Release,
    ReleaseState,
)

STEPS_SHOWN = 12


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
        return values


@admin.register(Product)
class ProductAdmin(CommandAdmin):
    """Products."""

    form = ProductForm

    list_display = ("name", "slug", "version_scheme", "download_page")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "summary", "version_scheme", "formats", "download_page")
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
                actor=_actor(request), product=obj.slug, if_revisions=None, changes=values
            )
            return
        made = commands.create_product(actor=_actor(request), **form.cleaned_data)
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
        actor, values = _actor(request), dict(form.cleaned_data)
        if change:
            commands.update_channel(actor=actor, product=obj.product.slug, channel=obj.slug, changes=values)
            return
        product = values.pop("product").slug
        made = commands.create_channel(actor=actor, product=product, **values)
        obj.pk = made.pk


class ReleaseForm(forms.ModelForm[Release]):
    """A release; what its command would refuse is told at the field."""

    class Meta:
        model = Release
        fields = ("channel", "version", "notes", "is_critical", "minimum_version")

    def clean(self) -> dict[str, Any]:
        """The rules of versions."""
        cleaned = super().clean() or {}
        version = cleaned.get("version", self.instance.version)
        channel = cleaned.get("channel") or (self.instance.channel if self.instance.channel_id else None)
        if not version or channel is None:
            return cleaned
        try:
            commands.check_versions(
                channel=channel,
                version=version,
                minimum_version=cleaned.get("minimum_version", ""),
                is_new=self.instance._state.adding,
            )
        except InvalidInput as error:
            for finding in error.errors:
                self.add_error(finding.pointer.removeprefix("/"), finding.detail)
        return cleaned


@admin.register(Release)
class ReleaseAdmin(CommandAdmin):
    """Releases: made, filled with files, published, withdrawn."""

    form = ReleaseForm
    list_display = ("__str__", "channel_name", "state", "released_at", "created_at")
    list_select_related = ("channel__product",)
    list_filter = ("state", "channel")
    search_fields = ("version", "channel__product__name")
    change_form_template = "admin/updates/release/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Release | None = None) -> tuple[str, ...]:
        """Version and channel stay; a closed release stays altogether."""
        if obj is None:
            return ()
        closed = () if obj.is_open else ("notes", "is_critical", "minimum_version")
        return ("channel", "version", *closed)

    @admin.display(description=_("channel"), ordering="channel")
    def channel_name(self, obj: Release) -> str:
        """Without the product, which stands before it."""
        return obj.channel.name

    def save_model(self, request: HttpRequest, obj: Release, form: Any, change: bool) -> None:
        """By the command."""
        values = dict(form.cleaned_data)
        if change:
            values = {name: values[name] for name in form.changed_data}
            commands.update_release(
                actor=_actor(request), release_id=obj.pk, if_revisions=None, changes=values
            )
            return
        channel = values.pop("channel")
        made = commands.create_release(
            actor=_actor(request), product=channel.product.slug, channel=channel.slug, **values
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
        release = Release.objects.select_related("channel__product", "job").filter(pk=object_id).first()
        context = {} if release is None else _panel(release, self.has_change_permission(request, release))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def get_urls(self) -> list[URLPattern]:
        """With the addresses of the buttons."""
        steps = {
            "publish": (commands.publish_release, _("It is being published.")),
            "withdraw": (commands.withdraw_release, _("It is being withdrawn.")),
            "discard": (commands.discard_release, _("The release is discarded.")),
        }
        mine = [
            path(
                f"<uuid:release_id>/{name}/",
                self.admin_site.admin_view(require_POST(self._step_view(command, text))),
                name=f"updates_release_{name}",
            )
            for name, (command, text) in steps.items()
        ]
        return [*mine, *super().get_urls()]

    def _step_view(self, command: Any, text: Any) -> Any:
        def view(request: HttpRequest, release_id: Any) -> HttpResponse:
            if self.has_change_permission(request):
                try:
                    command(actor=_actor(request), release_id=release_id)
                    self.message_user(request, text, messages.SUCCESS)
                except DomainError as error:
                    self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:updates_release_change", args=[release_id]))

        return view


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


@admin.register(Artifact)
class ArtifactAdmin(LookingOnly):
    """Files, with what was found in them. They are added on the page of their release."""

    list_display = ("file_name", "product", "operating_system", "architecture", "kind", "state", "size")
    list_select_related = ("product",)
    list_filter = ("product", "state")
    search_fields = ("file_name", "sha256")


@admin.register(AuditEntry)
class AuditEntryAdmin(LookingOnly):
    """Who did what."""

    list_display = ("product", "number", "at", "actor", "action", "details")
    list_select_related = ("product",)
    list_filter = ("product", "action")


def _actor(request: HttpRequest) -> str:
    return principal_subject(request.user)  # type: ignore[arg-type]  # the admin lets in nobody else


def _panel(release: Release, may_change: bool) -> dict[str, Any]:
    """What the page of a release shows beside its form."""
    product, channel = release.channel.product, release.channel
    state = ReleaseState(release.state)
    base = f"{settings.PUBLIC_URL}/updates/{product.slug}/"
    return {
        "release": release,
        "job": release.job,
        "may_change": may_change,
        "can_publish": state in (ReleaseState.VERIFIED, ReleaseState.PUBLISHING),
        "can_withdraw": state in (ReleaseState.PUBLISHING, ReleaseState.PUBLISHED),
        "api_url": "/api/updates/v1",
        "addresses": [base, f"{base}{channel.slug}.json", f"{base}feed.atom"],
        "systems": OperatingSystem.choices,
        "architectures": Architecture.choices,
        "kinds": ArtifactKind.choices,
        "steps": _steps(release),
    }


def _steps(release: Release) -> list[tuple[AuditEntry, str]]:
    """The last steps, each with the name of whoever did it."""
    steps = queries.list_steps_of(release, limit=STEPS_SHOWN)
    people = StaffIdentity.objects.filter(subject__in={step.actor for step in steps}).select_related("user")
    names = {one.subject: one.user.get_full_name() or one.user.get_username() for one in people}
    return [(step, names.get(step.actor, step.actor)) for step in steps]
