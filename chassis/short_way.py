"""A short way for requests of programs: past the middleware that exists for browsers alone.

A program sends a token and no cookie, and asks for no page. Session, language, CSRF cookie, messages and
staff user have nothing to do for it, yet looking on took a tenth of a small read. What such an answer gets
on the long way it gets here as well, header by header; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase
from django.middleware.common import CommonMiddleware

from chassis.middleware import GetResponse, vary_on

Answer = Callable[[HttpRequest], HttpResponseBase]
PREFIX = "/api/"
# Django makes the last middleware first, so whoever begins the way finds its end here.
_ends: list[GetResponse] = []


def begin_short_way(get_response: GetResponse) -> Answer:
    """Lead programs around all that stands between this and `end_short_way` in MIDDLEWARE."""
    views = _ends.pop()
    # The host's name, a missing slash, the length.
    common = CommonMiddleware(views)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not is_of_program(request):
            return get_response(request)
        try:
            refusal = common.process_request(request)
        except DisallowedHost:
            # Refused there with all that a refusal has.
            return get_response(request)
        response: HttpResponseBase = refusal or views(request)
        if not getattr(response, "xframe_options_exempt", False):
            response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response = common.process_response(request, response)
        vary_on(response, "Accept-Language")
        response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
        return response

    return middleware


def end_short_way(get_response: GetResponse) -> GetResponse:
    """Where the short way joins the long one again: the views."""
    _ends.append(get_response)
    return get_response


def is_of_program(request: HttpRequest) -> bool:
    """Whether this has nothing that a browser would have because of us."""
    sent = request.META
    return (
        request.path_info.startswith(PREFIX)
        and not sent.get("HTTP_COOKIE")
        and "html" not in sent.get("HTTP_ACCEPT", "")
    )
