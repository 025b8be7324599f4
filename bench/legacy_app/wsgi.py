"""Django's own way to send a file, with each request and its bytes written down."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path

DIRECTORY = Path(os.environ["LEGACY_DIRECTORY"])
IS_PRIVATE = bool(os.environ.get("LEGACY_IS_PRIVATE"))

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of a stand-in")
django.setup()


class Download(FileResponse):
    """A file in blocks of 64 kB: by Django's own 4 kB ten thousand of the bench would take two hours."""

    block_size = 1 << 16


def send_file(request: HttpRequest, name: str) -> HttpResponse | Download:
    """The whole file, whatever is asked of it."""
    found = (DIRECTORY / "files" / name).resolve()
    if not found.is_file() or not found.is_relative_to((DIRECTORY / "files").resolve()):
        raise Http404
    response = Download(found.open("rb"), content_type="application/octet-stream")
    if IS_PRIVATE:
        response["Cache-Control"] = "private, no-cache"
        response["Vary"] = "Cookie"
        response.set_cookie("session", os.urandom(8).hex())
    return response


def ready(request: HttpRequest) -> HttpResponse:
    """That it serves."""
    return HttpResponse("ready")


urlpatterns = [path("ready", ready), path("<path:name>", send_file)]
_writing = threading.Lock()


class Counting:
    """The application, and a line for each answer that was given."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """The answer of the application."""
        # Else the server sends the file itself, and nobody counts.
        environ.pop("wsgi.file_wrapper", None)
        statuses: list[int] = []

        def start(status: str, headers: Any, *more: Any) -> Any:
            statuses.append(int(status[:3]))
            return start_response(status, headers, *more)

        return self._counted(environ, self._application(environ, start), statuses)

    @staticmethod
    def _counted(environ: dict[str, Any], body: Iterable[bytes], statuses: list[int]) -> Iterator[bytes]:
        sent = 0
        try:
            for part in body:
                sent += len(part)
                yield part
        finally:
            getattr(body, "close", bool)()
            if environ["PATH_INFO"] != "/ready":
                # Of an answer to HEAD the server sends no body.
                given = 0 if environ["REQUEST_METHOD"] == "HEAD" else sent
                entry = {"path": environ["PATH_INFO"], "status": statuses[-1], "bytes": given}
                with _writing, (DIRECTORY / "requests.log").open("a") as log:
                    log.write(json.dumps(entry) + "\n")


application = Counting(WSGIHandler())
