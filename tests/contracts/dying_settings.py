"""The services' settings with a middleware that dies on demand, outermost: after every commit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE as SERVICE_MIDDLEWARE

MIDDLEWARE = ["tests.contracts.dying_settings.die_after_commit", *SERVICE_MIDDLEWARE]


def die_after_commit(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Do the whole request, then end the process as a power cut would."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "X-Die-After-Commit" in request.headers:
            os.killpg(os.getpgid(0), signal.SIGKILL)
        return response

    return middleware
