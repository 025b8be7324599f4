"""Posts: written with a preview beside, published by a button, with the receipt of the job in view."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from blog import commands, queries
from blog.admin.actors import actor_in, post_or_404
from blog.admin.drafts import DraftPages, unsaved
from blog.admin.mailing import MailingPages
from blog.admin.post_form import PostForm, content_of, planned_in
from blog.models import BODY_LENGTH_MOST, Post
from blog.site import addresses
from chassis.errors import DomainError
from chassis.staff import principal_subject


class StateFilter(admin.SimpleListFilter):
    """Drafts, what is public, and what is public with a draft that differs."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The states by their names."""
        return [(state, STATE_NAMES[state]) for state in queries.STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """Only the posts in the chosen one."""
        state = self.value()
        return queryset.filter(queries.in_state(state)) if state in queries.STATES else queryset


STATE_NAMES = {
    "draft": gettext_lazy("draft"),
    "published": gettext_lazy("published"),
    "changed": gettext_lazy("published, the draft differs"),
}


@admin.register(Post)
class PostAdmin(MailingPages, DraftPages, admin.ModelAdmin[Post]):
    """The newsroom's desk."""

    form = PostForm
    list_display = ("title", "shown_state", "author", "first_published_at", "updated_at")
    list_filter = (StateFilter, "language")
    list_select_related = ("author", "live_revision")
    search_fields = ("title", "slug", "body")
    ordering = ("-updated_at",)
    fields = (
        "title",
        "slug",
        "summary",
        "cover",
        "body",
        "tag_names",
        "language",
        "canonical_url",
        "seen_version",
    )
    change_form_template = "admin/blog/post/change_form.html"
    actions = None

    class Media:
        css = {"all": ["blog/newsroom.css"]}
        js = ["blog/upload.js", "blog/newsroom.js"]

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, post: Post) -> str:
        """What readers see of it."""
        return str(STATE_NAMES[post.state])

    def has_delete_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Only what nobody has read."""
        never_public = obj is None or obj.first_published_at is None
        return never_public and super().has_delete_permission(request, obj)

    # --- Who sees what --------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """To a writer, posts of their own are all there are."""
        return super().get_queryset(request).filter(queries.visible_to(actor_in(request)))

    # --- Writing, by the commands ----------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:
        """Save the draft; what is public stays as it is."""
        content = content_of(form.cleaned_data)
        subject = _subject(request)
        if not change:
            commands.create_post(
                id=obj.id, subject=subject, author=commands.ensure_author(subject), **content
            )
        else:
            commands.update_post(
                actor=actor_in(request),
                post_id=obj.id,
                if_versions=frozenset({form.cleaned_data["seen_version"]}),
                changes=content,
            )
            commands.forget_autosave(actor=actor_in(request), post_id=obj.id)

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        """Delete a draft that was never public."""
        commands.delete_post(actor=actor_in(request), post_id=obj.id, if_versions=None)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        """The same for several."""
        for post in queryset:
            self.delete_model(request, post)

    def response_add(self, request: HttpRequest, obj: Post, post_url_continue: str | None = None) -> Any:
        """After the first save the editor goes on writing."""
        if "_publish" in request.POST:
            return self._publish(request, obj)
        if "_plan" in request.POST:
            return self._plan(request, obj)
        if "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, _("The draft is saved."), messages.SUCCESS)
        return HttpResponseRedirect(_address_of(obj.id))

    def response_change(self, request: HttpRequest, obj: Post) -> Any:
        """Save and stay, unless the editor asked for something else."""
        if "_publish" in request.POST:
            return self._publish(request, obj)
        if "_plan" in request.POST:
            return self._plan(request, obj)
        if "_addanother" in request.POST:
            return super().response_change(request, obj)
        self.message_user(request, _("The draft is saved."), messages.SUCCESS)
        return HttpResponseRedirect(_address_of(obj.id))

    def _publish(self, request: HttpRequest, post: Post) -> HttpResponse:
        try:
            commands.publish_post(actor=actor_in(request), post_id=post.id)
        except DomainError as error:
            text = _("The draft is saved, but it is not published: %(reason)s") % {"reason": error.detail}
            self.message_user(request, text, messages.ERROR)
        else:
            text = _("It is being published. The receipt is below as soon as readers get it.")
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(_address_of(post.id))

    def _plan(self, request: HttpRequest, post: Post) -> HttpResponse:
        try:
            commands.schedule_post(actor=actor_in(request), post_id=post.id, changes=planned_in(request.POST))
        except DomainError as error:
            text = _("The draft is saved, but nothing is planned: %(reason)s") % {"reason": error.detail}
            self.message_user(request, text, messages.ERROR)
        else:
            self.message_user(request, _("The draft is saved, and it is planned."), messages.SUCCESS)
        return HttpResponseRedirect(_address_of(post.id))

    # --- Pages of its own --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """With the preview, and the button that takes a post back."""
        wrap = self.admin_site.admin_view
        return [
            path("preview/", wrap(require_POST(self.preview_view)), name="blog_post_preview"),
            path(
                "<uuid:post_id>/unpublish/",
                wrap(require_POST(self.unpublish_view)),
                name="blog_post_unpublish",
            ),
            *self.mailing_urls(),
            *self.draft_urls(),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What is being written, as the page would show it; nothing is kept."""
        if not (self.has_change_permission(request) or self.has_add_permission(request)):
            raise PermissionDenied
        body = request.POST.get("body", "")
        if len(body) > BODY_LENGTH_MOST:
            return HttpResponse(status=413)
        from blog.site.preview import preview

        return HttpResponse(preview(title=request.POST.get("title", ""), body=body))

    def unpublish_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """Take a post back from its readers."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        actor = actor_in(request)
        if not actor.may_publish:
            raise PermissionDenied
        post_or_404(request, post_id)
        commands.unpublish_post(actor=actor, post_id=post_id)
        text = _("It is being taken back. Its address stays its own.")
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(_address_of(post_id))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The desk, with what is public of the post and how far the last job is."""
        post = self.get_object(request, object_id) if object_id else None
        context = {
            **(extra_context or {}),
            "newsroom": _newsroom(post, _subject(request)),
            "may_publish": actor_in(request).may_publish,
            "known_tags": queries.list_counted_tags(),
            "show_save_and_continue": False,
        }
        return super().changeform_view(request, object_id, form_url, context)


def _newsroom(post: Post | None, subject: str) -> dict[str, Any]:
    """What the page shows beside the form, and what its script needs to know."""
    found: dict[str, Any] = {"preview_url": reverse("admin:blog_post_preview"), "api": "/api/blog/v1"}
    if post is None:
        return {**found, "state": "new", "state_name": _("a new draft")}
    job = queries.find_last_job(post.id)
    found |= {
        "schedule": queries.schedule_document(post.id),
        "state": post.state,
        "state_name": STATE_NAMES[post.state],
        "is_public": post.is_public,
        "public_url": addresses.url_of(addresses.page_key(post.live_revision.slug))
        if post.live_revision
        else "",
        "look_url": reverse("admin:blog_post_look", args=[post.id]),
        "autosave_url": reverse("admin:blog_post_autosave", args=[post.id]),
        "forget_url": reverse("admin:blog_post_forget", args=[post.id]),
        "unsaved": unsaved(post, subject),
        "mail_url": reverse("admin:blog_post_mail", args=[post.id]),
        "unpublish_url": reverse("admin:blog_post_unpublish", args=[post.id]),
        "publication_url": f"/api/blog/v1/posts/{post.id}/publication",
        "publication": json.dumps(queries.publication_document(job), default=str) if job else "",
    }
    return found


def _subject(request: HttpRequest) -> str:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return principal_subject(request.user)


def _address_of(post_id: UUID) -> str:
    return reverse("admin:blog_post_change", args=[post_id])
