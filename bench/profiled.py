"""The services under cProfile; `GET /bench/profile` tells where the time of all requests went."""

from __future__ import annotations

import cProfile
import io
import pstats
import threading
from collections.abc import Callable, Iterable
from typing import Any

from config.wsgi import application as services

LINES = 40
_profile = cProfile.Profile()
# A profile belongs to one thread at a time.
_lock = threading.Lock()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request, measured, or the findings. `?clear` forgets what was before."""
    if environ["PATH_INFO"] == "/bench/profile":
        if environ["QUERY_STRING"] == "clear":
            with _lock:
                _profile.clear()
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [_findings().encode()]
    with _lock:
        _profile.enable()
        try:
            answer: Any = services(environ, start_response)
            body = b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
            return [body]
        finally:
            _profile.disable()


def _findings() -> str:
    text = io.StringIO()
    with _lock:
        _profile.create_stats()
        if not _profile.getstats():
            return "Nothing yet.\n"
    stats = pstats.Stats(_profile, stream=text).strip_dirs()
    stats.sort_stats("cumulative").print_stats(LINES)
    stats.sort_stats("tottime").print_stats(LINES)
    return text.getvalue()
