"""What an editor sees of a draft beside its form: the page, what changed, what was not saved."""

from __future__ import annotations

import difflib
import json
from typing import Any
from uuid import UUID

from django.contrib.admin.utils import label_for_field
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from blog import commands, queries
from blog.admin.actors import actor_in, post_or_404
from blog.framing import framed
from blog.links import preview_address
from blog.models import Post, Revision
from blog.site.preview import whole_page
from chassis.errors import DomainError

_COMPARED = ("title", "slug", "summary", "language", "canonical_url", "cover_id")


class DraftPages:
    """Mixed into the admin of posts."""

    admin_site: Any
    model: Any

    def draft_urls(self) -> list[URLPattern]:
        """Their addresses."""
        wrap = self.admin_site.admin_view
        keep, forget = wrap(require_POST(self.autosave_view)), wrap(require_POST(self.forget_view))
        return [
            path("<uuid:post_id>/look/", wrap(require_safe(self.look_view)), name="blog_post_look"),
            path("<uuid:post_id>/page/", wrap(require_safe(self.page_view)), name="blog_post_page"),
            path("<uuid:post_id>/autosave/", keep, name="blog_post_autosave"),
            path("<uuid:post_id>/forget/", forget, name="blog_post_forget"),
        ]

    def look_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """The page at two widths, what changed since it went public, and a link for other people."""
        post = post_or_404(request, post_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("As readers will see it: %(title)s") % {"title": post.title},
            "opts": self.model._meta,
            "post": post,
            "page_url": reverse("admin:blog_post_page", args=[post_id]),
            "changes": changes_since_live(post),
            "link": preview_address(post),
        }
        return TemplateResponse(request, "admin/blog/post/look.html", context)

    def page_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """The page itself, for the frames."""
        return framed(whole_page(post_or_404(request, post_id)))

    def autosave_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """Keep what is being written; and say whether somebody else is writing, or has saved."""
        actor = actor_in(request)
        post = post_or_404(request, post_id)
        sent = {name: request.POST[name] for name in ("title", "summary", "body") if name in request.POST}
        try:
            kept = commands.keep_autosave(
                actor=actor,
                post_id=post_id,
                seen_version=int(request.POST.get("seen_version") or 0),
                fields=sent,
            )
        except (DomainError, ValueError) as error:
            return JsonResponse({"detail": getattr(error, "detail", str(error))}, status=400)
        others = queries.list_other_writers(post_id, actor.subject)
        return JsonResponse({"saved_at": kept.saved_at, "others": others, "version": post.version})

    def forget_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """Let go of what was not saved."""
        post_or_404(request, post_id)
        commands.forget_autosave(actor=actor_in(request), post_id=post_id)
        return HttpResponse(status=204)


def unsaved(post: Post, subject: str) -> str:
    """What this person wrote and did not save, for the script; empty where it says nothing new."""
    kept = queries.find_autosave(post.id, subject)
    if kept is None or all(getattr(post, name) == value for name, value in kept.fields.items()):
        return ""
    return json.dumps(
        {"fields": kept.fields, "saved_at": kept.saved_at, "is_older": kept.seen_version != post.version},
        default=str,
    )


def changes_since_live(post: Post) -> list[dict[str, Any]]:
    """What the draft says otherwise than what is public, field by field; of the text, line by line."""
    live: Revision | None = post.live_revision
    if live is None or not post.is_changed:
        return []
    found: list[dict[str, Any]] = [
        {"name": label_for_field(name.removesuffix("_id"), Post), "before": old, "after": new}
        for name in _COMPARED
        if (old := getattr(live, name)) != (new := getattr(post, name))
    ]
    tags = [", ".join(sorted(tag.name for tag in one.tags.all())) for one in (live, post)]
    if tags[0] != tags[1]:
        found.append({"name": _("tags"), "before": tags[0], "after": tags[1]})
    if live.body != post.body:
        found.append({"name": _("text"), "lines": _lines(live.body, post.body)})
    return found


def _lines(before: str, after: str) -> list[tuple[str, str]]:
    compared = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2)
    kinds = {"+": "ins", "-": "del", "@": "gap", " ": "same"}
    return [(kinds[line[0]], line[1:]) for line in compared if line[:3] not in ("---", "+++")]
