"""The form of a draft. What is wrong is said at its field, by the same commands that every door uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from blog import commands
from blog.models import BODY_LENGTH_MOST, Photo, Post, ScheduledAction
from chassis.errors import FieldError, InvalidInput

FIELDS = ("title", "slug", "summary", "cover", "body", "language", "canonical_url")
# Photos that the list of covers offers, the newest; and the one that is chosen.
COVERS_MOST = 200


class PostForm(forms.ModelForm[Post]):
    """A draft, with the version that the editor began with."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Not `tags`: the commands make the rows, not the form.
    tag_names = forms.CharField(
        label=_("Tags"),
        required=False,
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off", "list": "known-tags"}),
        help_text=_("Words that posts have in common, with commas between."),
    )

    class Meta:
        model = Post
        fields = FIELDS
        widgets = {
            "title": forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
            "slug": forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
            "summary": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            # Not `maxlength`: a browser would cut off what is pasted and say nothing.
            "body": forms.Textarea(attrs={"rows": 24, "cols": 90, "data-most": BODY_LENGTH_MOST}),
            "language": forms.TextInput(attrs={"size": 8}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" not in self.fields:
            return  # Whoever may only look gets no fields.
        self.fields["seen_version"].initial = self.instance.version
        if not self.instance._state.adding:
            self.fields["tag_names"].initial = ", ".join(self.instance.tags.values_list("name", flat=True))
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _("The last part of the address. Empty: made from the title.")
        self.fields["cover"].queryset = _covers(self.instance)  # type: ignore[attr-defined]
        self.fields["cover"].help_text = _("The photo above the text, and on the first page.")

    def clean(self) -> dict[str, Any]:
        """What the commands would refuse, at its field; with the gate where the button says Publish."""
        found = super().clean() or {}
        if not self.errors:
            try:
                commands.check_draft(
                    post_id=None if self.instance._state.adding else self.instance.id,
                    version=found.get("seen_version"),
                    content=content_of(found),
                    is_to_be_public="_publish" in self.data,
                )
            except InvalidInput as error:
                for finding in error.errors:
                    name = finding.pointer.removeprefix("/").removesuffix("_id")
                    name = "tag_names" if name == "tags" else name
                    self.add_error(name if name in self.fields else None, finding.detail)
        return found


def content_of(cleaned: dict[str, Any]) -> dict[str, Any]:
    """What the form holds, in the words of the commands. An empty slug says nothing."""
    content = {name: cleaned[name] for name in FIELDS if name in cleaned and name != "cover"}
    if "cover" in cleaned:
        content["cover_id"] = cleaned["cover"] and cleaned["cover"].id
    if "tag_names" in cleaned:
        content["tags"] = [name for name in cleaned["tag_names"].split(",") if name.strip()]
    if not content.get("slug"):
        content.pop("slug", None)
    return content


def planned_in(fields: Mapping[str, Any]) -> dict[ScheduledAction, datetime | None]:
    """The times that stand beside the form; an empty one cancels.

    Raises:
        InvalidInput: one is no time.
    """
    found: dict[ScheduledAction, datetime | None] = {}
    for action in ScheduledAction:
        text = str(fields.get(f"{action}_at", "")).strip()
        try:
            at = parse_datetime(text) if text else None
        except ValueError:
            at = None
        if text and at is None:
            detail = _("“%(text)s” is no time.") % {"text": text[:40]}
            raise InvalidInput(detail, errors=[FieldError(f"/{action}_at", "invalid", detail)])
        found[action] = timezone.make_aware(at) if at and timezone.is_naive(at) else at
    return found


def _covers(post: Post) -> Any:
    newest = Photo.objects.filter(deleted_at=None).order_by("-id").values_list("id", flat=True)[:COVERS_MOST]
    offered = [*newest, *([post.cover_id] if post.cover_id else [])]
    return Photo.objects.filter(id__in=offered).order_by("-id")
