"""A post by mail, in the newsroom: seen, counted, tried, sent, watched."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from blog import commands, queries
from blog.admin.actors import actor_in, post_or_404
from blog.framing import framed
from blog.mail_texts import trial_mail, welcome_mail
from blog.models import Post
from chassis.errors import DomainError
from chassis.mail import OutgoingMail


class MailingPages:
    """Mixed into the admin of posts."""

    admin_site: Any
    model: Any

    def mailing_urls(self) -> list[URLPattern]:
        """The page, and the mail for its frame."""
        wrap = self.admin_site.admin_view
        page = require_http_methods(["GET", "HEAD", "POST"])(self.mailing_view)
        return [
            path("<uuid:post_id>/mail/", wrap(page), name="blog_post_mail"),
            path(
                "<uuid:post_id>/mail/preview/",
                wrap(require_safe(self.mail_preview_view)),
                name="blog_post_mail_preview",
            ),
        ]

    def mailing_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """`GET`: the mail, to whom it would go, and how far it is. `POST`: one of its buttons."""
        _require_editor(request)
        post = post_or_404(request, post_id)
        if request.method == "POST":
            self._act(request, post_id)
            return HttpResponseRedirect(reverse("admin:blog_post_mail", args=[post_id]))
        mail = trial_mail(post)
        context = {
            **self.admin_site.each_context(request),
            "title": _("By mail: %(title)s") % {"title": post.title},
            "opts": self.model._meta,
            "post": post,
            "mail": mail,
            "mailing": queries.mailing_document(post_id),
            "api": reverse("blog-mailing", args=[post_id]),
            "own_address": request.user.email,  # type: ignore[union-attr]  # let in as staff
            "preview_url": reverse("admin:blog_post_mail_preview", args=[post_id]),
        }
        return TemplateResponse(request, "admin/blog/post/mail.html", context)

    def mail_preview_view(self, request: HttpRequest, post_id: UUID) -> HttpResponse:
        """The HTML of the mail, for the frame."""
        _require_editor(request)
        return framed(trial_mail(post_or_404(request, post_id)).html)

    def _act(self, request: HttpRequest, post_id: UUID) -> None:
        try:
            text = _BUTTONS[request.POST.get("button", "")](request, post_id)
        except KeyError:
            raise PermissionDenied from None
        except DomainError as error:
            messages.error(request, error.detail)
        else:
            messages.success(request, text)


def _send(request: HttpRequest, post_id: UUID) -> str:
    commands.mail_post(actor=actor_in(request), post_id=post_id)
    count = queries.count_subscribers()
    text = ngettext("It goes to %(count)d subscriber.", "It goes to %(count)d subscribers.", count)
    return text % {"count": count}


def _test(request: HttpRequest, post_id: UUID) -> str:
    mail = commands.send_test(actor=actor_in(request), post_id=post_id)
    return _("A test is on its way to %(address)s.") % {"address": mail.test_address}


def _stop(request: HttpRequest, post_id: UUID) -> str:
    commands.stop_mailing(actor=actor_in(request), post_id=post_id)
    return _("No further mail of this post goes out.")


_BUTTONS = {"send": _send, "test": _test, "stop": _stop}


class MailTemplatePages:
    """Mixed into the admin of mails: what each kind of mail looks like."""

    admin_site: Any
    model: Any

    def template_urls(self) -> list[URLPattern]:
        """The page, and each mail for its frame."""
        wrap = self.admin_site.admin_view
        return [
            path("templates/", wrap(require_safe(self.templates_view)), name="blog_mail_templates"),
            path("templates/<slug:kind>/", wrap(require_safe(self.template_view)), name="blog_mail_template"),
        ]

    def templates_view(self, request: HttpRequest) -> HttpResponse:
        """All of them, with where their words are kept."""
        _require_editor(request)
        kinds = [
            (kind, name, mail(), reverse("admin:blog_mail_template", args=[kind]))
            for kind, (name, mail) in _TEMPLATES.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What mails look like"),
            "opts": self.model._meta,
            "kinds": kinds,
        }
        return TemplateResponse(request, "admin/blog/mail/templates.html", context)

    def template_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The HTML of one."""
        _require_editor(request)
        if kind not in _TEMPLATES:
            raise Http404
        return framed(_TEMPLATES[kind][1]().html)


def _newest_post_mail() -> OutgoingMail:
    return trial_mail(
        queries.find_newest_public() or Post(title=_("A title"), slug="a-title", body=_("A text."))
    )


_TEMPLATES = {
    "welcome": (gettext_lazy("The first mail, which asks to confirm"), welcome_mail),
    "post": (gettext_lazy("A post, here the newest"), _newest_post_mail),
}


def _require_editor(request: HttpRequest) -> None:
    if not actor_in(request).may_publish or not request.user.has_perm("blog.view_mail"):
        raise PermissionDenied
