"""The form of a draft. What is wrong is said at its field, by the same commands that every door uses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from blog import commands
from blog.models import BODY_LENGTH_MOST, Photo, Post
from chassis.errors import InvalidInput

FIELDS = ("title", "slug", "summary", "cover", "body", "language")
# Photos that the list of covers offers, the newest; and the one that is chosen.
COVERS_MOST = 200


class PostForm(forms.ModelForm[Post]):
    """A draft, with the version that the editor began with."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

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
                    self.add_error(name if name in self.fields else None, finding.detail)
        return found


def content_of(cleaned: dict[str, Any]) -> dict[str, Any]:
    """What the form holds, in the words of the commands. An empty slug says nothing."""
    content = {name: cleaned[name] for name in FIELDS if name in cleaned and name != "cover"}
    if "cover" in cleaned:
        content["cover_id"] = cleaned["cover"] and cleaned["cover"].id
    if not content.get("slug"):
        content.pop("slug", None)
    return content


def _covers(post: Post) -> Any:
    newest = Photo.objects.filter(deleted_at=None).order_by("-id").values_list("id", flat=True)[:COVERS_MOST]
    offered = [*newest, *([post.cover_id] if post.cover_id else [])]
    return Photo.objects.filter(id__in=offered).order_by("-id")
