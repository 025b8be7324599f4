"""Photos in the newsroom: sent by drag and drop, seen at once, described, deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from blog import commands, queries, refusals
from blog.admin.actors import actor_in
from blog.errors import PhotoInUse
from blog.models import Photo, PhotoState
from blog.queries.photos import thumbnail_url


class PhotoForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What may be changed; nobody publishes a picture without words."""

    alt = forms.CharField(
        label=_("Alternative text"),
        max_length=500,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text=_("What somebody who does not see the picture should know of it."),
    )

    class Meta:
        model = Photo
        fields = ("alt", "focal_x", "focal_y")


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin[Photo]):
    """A photo comes by upload only; what was deleted is not shown any more."""

    form = PhotoForm
    list_display = ("thumbnail", "shown_alt", "shown_state", "dimensions", "file_name", "created_at")
    list_display_links = ("thumbnail", "shown_alt")
    list_filter = ("state",)
    list_per_page = 48
    search_fields = ("alt", "file_name")
    ordering = ("-id",)
    fields = ("preview", "alt", ("focal_x", "focal_y"), "shown_state", "markdown", "dimensions",
              "file_name", "subject", "created_at")  # fmt: skip
    readonly_fields = (
        "preview",
        "shown_state",
        "markdown",
        "dimensions",
        "file_name",
        "subject",
        "created_at",
    )
    actions = ("make_renditions_again",)

    class Media:
        css = {"all": ("blog/newsroom_photos.css",)}
        js = (Script("blog/upload.js", defer=True), Script("blog/photo_upload.js", defer=True))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        """Those that are there. Two queries."""
        return super().get_queryset(request).filter(deleted_at=None).prefetch_related("renditions")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By upload, on the list of photos or in a post."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Photo | None = None) -> bool:
        """A writer's own; an editor's, every one."""
        if not super().has_change_permission(request, obj):
            return False
        actor = actor_in(request)
        return obj is None or actor.may_publish or obj.subject == actor.subject

    def has_remake_permission(self, request: HttpRequest) -> bool:
        """Files that readers get are made anew by editors."""
        return super().has_change_permission(request) and actor_in(request).may_publish

    def has_delete_permission(self, request: HttpRequest, obj: Photo | None = None) -> bool:
        """Not while posts show it."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not queries.list_posts_using(obj.id))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one: which photos posts show is asked for each."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def save_model(self, request: HttpRequest, obj: Photo, form: Any, change: bool) -> None:
        """By the command, so that the version grows."""
        values = form.cleaned_data
        commands.change_photo(
            actor=actor_in(request),
            photo_id=obj.id,
            alt=values["alt"],
            focal_point=(values["focal_x"], values["focal_y"]),
        )

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        """By the command; its files go some days later."""
        try:
            commands.delete_photo(actor=actor_in(request), photo_id=obj.id)
        except PhotoInUse as error:
            self.message_user(request, error.detail, messages.ERROR)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        """Each by the command."""
        for photo in queryset:
            self.delete_model(request, photo)

    @admin.action(description=_("Look at them again and make their files anew"), permissions=["remake"])
    def make_renditions_again(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        """For what was refused by a limit that has grown since."""
        for photo in queryset:
            commands.remake_renditions(actor=actor_in(request), photo_id=photo.id)

    @admin.display(description=_("photo"))
    def thumbnail(self, photo: Photo) -> str:
        """The smallest JPEG."""
        address = thumbnail_url(photo)
        if not address:
            return format_html('<span class="no-thumbnail">{}</span>', photo.get_state_display())
        # It is the link to the photo, so it says something even where nobody has written what is to be seen.
        alt = photo.alt or photo.file_name
        return format_html('<img src="{}" alt="{}" width="160" loading="lazy">', address, alt)

    @admin.display(description=_("photo"))
    def preview(self, photo: Photo) -> str:
        """The picture as a page has it."""
        picture = queries.picture_of(photo)
        if picture is None:
            return str(self.shown_state(photo))
        return format_html('<img class="preview" src="{}" alt="{}" data-focal-point>', picture.src, photo.alt)

    @admin.display(description=_("alternative text"), ordering="alt")
    def shown_alt(self, photo: Photo) -> str:
        """The words, or that they are missing."""
        return photo.alt or str(_("(no words yet)"))

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, photo: Photo) -> str:
        """The state; for a refused one the reason and what to do."""
        if photo.state == PhotoState.REFUSED:
            return format_html('<strong class="refused">{}</strong>', refusals.sentence(photo.refusal))
        return photo.get_state_display()

    @admin.display(description=_("size"))
    def dimensions(self, photo: Photo) -> str:
        """Pixels and bytes of the original."""
        pixels = f"{photo.width} × {photo.height}, " if photo.width else ""
        return pixels + filesizeformat(photo.size)
