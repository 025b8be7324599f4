"""Pages for readers by mail: asking for mails, saying yes, leaving.

Opening a link changes nothing, since mail scanners open links: GET shows a page with a button, POST acts.
None of them needs a cookie. What stands in for a CSRF token is the token in the link; the form for an
address has none, since it is sent from a static page: what holds robots off there is the honeypot, the
limit, the age of the form, and that the owner of the address is asked (ADR 0017).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from blog import commands
from blog.commands.subscribers import RATE_POLICY
from blog.form_age import is_of_age, token_of_page
from blog.links import Purpose, read_token
from chassis.errors import InvalidInput
from chassis.rate_limits import count_request

View = Callable[[HttpRequest], HttpResponse]


def _private(view: View) -> View:
    """Kept nowhere, and no site that is linked to learns the address of the page."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    return answer


@_private
def subscribe(request: HttpRequest) -> HttpResponse:
    """`GET`: the form, for pages that have none. `POST`: take the address, be it known or not."""
    if request.method != "POST":
        return _show(request, "subscribe", form=token_of_page())
    permit = count_request(request, policy=RATE_POLICY, limit=settings.BLOG_SUBSCRIPTIONS_PER_MINUTE)
    if not permit.is_granted:
        detail = _("Too many addresses at once. Please try again in a minute.")
        return _show(
            request, "subscribe", status=429, finding=detail, headers=permit.headers, form=token_of_page()
        )
    email = request.POST.get("email", "")
    if request.POST.get("website"):
        return _show(request, "asked", status=202)
    if not is_of_age(request.POST.get("form", "")):
        # Not refused: whoever has pressed twice, or come from a page of last year, presses once more.
        detail = _("Please press the button once more: it keeps robots off.")
        return _show(request, "subscribe", finding=detail, email=email, form=token_of_page())
    try:
        commands.subscribe(email=email)
    except InvalidInput as error:
        finding = error.errors[0].detail
        return _show(request, "subscribe", status=400, finding=finding, email=email, form=token_of_page())
    return _show(request, "asked", status=202)


@_private
def confirm(request: HttpRequest) -> HttpResponse:
    """`GET`: the question. `POST`: yes."""
    link = read_token(request.GET.get("token", ""), "confirm")
    if link is None:
        return _bad_link(request, "confirm")
    if request.method != "POST":
        return _show(request, "confirm")
    if not commands.confirm(link=link):
        return _bad_link(request, "confirm")
    return _show(request, "confirmed")


@_private
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """`GET`: the question. `POST`: leave; also what a mail program sends for its user (RFC 8058)."""
    link = read_token(request.GET.get("token", ""), "unsubscribe")
    if link is None:
        return _bad_link(request, "unsubscribe")
    if request.method != "POST":
        return _show(request, "unsubscribe")
    commands.unsubscribe(link=link)
    return _show(request, "unsubscribed")


def _bad_link(request: HttpRequest, purpose: Purpose) -> HttpResponse:
    return _show(request, "bad_link", status=404, purpose=purpose)


def _show(
    request: HttpRequest,
    page: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: str,
) -> HttpResponse:
    shown = {"blog_url": f"{settings.PUBLIC_URL}/blog/", **context}
    response = render(request, f"blog/readers/{page}.html", shown, status=status)
    for name, value in (headers or {}).items():
        response[name] = value
    return response
