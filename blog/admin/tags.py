"""Tags in the newsroom: renamed, on every post at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blog import commands
from blog.admin.actors import actor_in
from blog.models import Post, Tag
from chassis.errors import DomainError, InvalidInput


class TagForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Its name; the address stays."""

    class Meta:
        model = Tag
        fields = ("name",)

    def clean_name(self) -> str:
        """What the command would refuse is said at the field."""
        try:
            return commands.cleaned_tag_name(tag_id=self.instance.id, name=self.cleaned_data["name"])
        except InvalidInput as error:
            raise forms.ValidationError([one.detail for one in error.errors]) from error


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    """A tag is made by giving it to a post, and is nowhere seen when no post has it."""

    form = TagForm
    list_display = ("name", "slug", "shown_posts")
    search_fields = ("name",)
    ordering = ("key",)
    fields = ("name", "slug")
    readonly_fields = ("slug",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """With how many drafts have each. One query."""
        having = Post.tags.through.objects.filter(tag=OuterRef("pk")).values("tag")
        count = Subquery(having.annotate(count=Count("pk")).values("count"))  # type: ignore[misc]  # annotated just now
        return super().get_queryset(request).annotate(posts=Coalesce(count, 0))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By a post."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        """What readers get is an editor's to decide."""
        return super().has_change_permission(request, obj) and actor_in(request).may_publish

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        """Saved texts have it."""
        return False

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        """By the command, so that every page that shows it is made again."""
        try:
            commands.rename_tag(actor=actor_in(request), tag_id=obj.id, name=form.cleaned_data["name"])
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)

    @admin.display(description=_("posts"), ordering="posts")
    def shown_posts(self, tag: Any) -> int:
        """Those whose draft has it."""
        count: int = tag.posts
        return count
