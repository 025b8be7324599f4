"""What happens around every request: its id and trace, the size limit, the security headers."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

import orjson
from corsheaders.middleware import CorsMiddleware
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from chassis.errors import TooLarge
from chassis.logs import log_context
from chassis.problems import CATALOGUE, MEDIA_TYPE, problem_document

log = logging.getLogger("chassis.requests")

GetResponse = Callable[[HttpRequest], HttpResponse]
# W3C Trace Context §3.2: version, trace id, parent id, flags; all-zero ids are invalid.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def request_context(get_response: GetResponse) -> GetResponse:
    """Give every request an id and a place in a trace, and log one line for it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request)
        traceparent = _traceparent(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        request.traceparent = traceparent  # type: ignore[attr-defined]
        token = log_context.set(
            {"request_id": request_id, "trace_id": traceparent[3:35], "traceparent": traceparent}
        )
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-Id"] = request_id
            _log_finished(request, response, started)
            return response
        finally:
            log_context.reset(token)

    return middleware


# Addresses that read more than API_BODY_BYTES: how much, and what to do with what is larger still.
_larger_bodies: dict[str, tuple[int, str]] = {}


def allow_larger_body(path: str, *, bytes_most: int, advice: str) -> None:
    """Read bodies of up to so many bytes at one address. For an app to say when it starts.

    Not more than DATA_UPLOAD_MAX_MEMORY_SIZE, which Django reads at any address.
    """
    _larger_bodies[path] = bytes_most, advice


def body_limit(get_response: GetResponse) -> GetResponse:
    """Answer 413 to a body over API_BODY_BYTES before anything reads it; refuse odd lengths and NUL bytes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return _refusal(request) or get_response(request)

    return middleware


def _refusal(request: HttpRequest) -> HttpResponse | None:
    limit, advice = settings.API_BODY_BYTES, "Files go to S3 directly."
    if request.path in _larger_bodies:
        limit, advice = _larger_bodies[request.path]
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        return _problem(request, 400, "bad-request", "Content-Length is not a number.")
    # Longer than any limit, and than what Python turns into a number.
    if len(declared) > 18 or int(declared) > limit:
        detail = f"The body has {declared[:18]} bytes; at most {limit} are read. {advice}"
        return _problem(request, 413, TooLarge.code, detail)
    if declared == "0" and "HTTP_TRANSFER_ENCODING" in request.META:
        # WSGI has no end of input but the length (PEP 3333), and API Gateway always sends one.
        return _problem(request, 411, "length-required", "Send the body with a Content-Length.")
    query = request.META.get("QUERY_STRING", "")
    if "\0" in request.path or "\0" in query or "%00" in query:
        return _problem(request, 400, "bad-request", "The address has a NUL byte.")
    return None


def security_headers(get_response: GetResponse) -> GetResponse:
    """Headers that Django's own middleware does not set, and `no-store` where nothing else is said."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.setdefault("Cross-Origin-Resource-Policy", "same-site")
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def vary_on(response: HttpResponseBase, name: str) -> None:
    """Say that the answer depends on this header of the request.

    As Django's `patch_vary_headers`, which takes lists apart; so only for a name that is no part of another.
    """
    others = response.headers.get("Vary", "")
    if not others:
        response.headers["Vary"] = name
    elif "*" not in others and name.lower() not in others.lower():
        response.headers["Vary"] = f"{others}, {name}"


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, which makes its text anew for each answer, where the answer has none of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy."""
        is_own = any(name.startswith("_csp") for name in vars(response)) or hasattr(request, "_csp_nonce")
        if is_own or not self._policy:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class CrossOrigin(CorsMiddleware):
    """django-cors-headers, which takes all headers apart to see that a program sends no `Origin`."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say who may read the answer, to those who ask."""
        if "HTTP_ORIGIN" in request.META:
            return super().add_response_headers(request, response)
        # As found out on the way in.
        if getattr(request, "_cors_enabled", True):
            vary_on(response, "origin")
        return response


def _request_id(request: HttpRequest) -> str:
    sent = request.META.get("HTTP_X_REQUEST_ID", "")
    return sent if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())


def _traceparent(request: HttpRequest) -> str:
    """A new span in the caller's trace, or in a new one."""
    span = uuid.uuid4().hex[:16]
    if match := _TRACEPARENT.fullmatch(request.META.get("HTTP_TRACEPARENT", "")):
        return f"00-{match.group(1)}-{span}-{match.group(3)}"
    return f"00-{uuid.uuid4().hex}-{span}-00"


def _log_finished(request: HttpRequest, response: HttpResponse, started: float) -> None:
    log.info(
        "request_finished",
        extra={
            "method": request.method,
            # A view whose address is a secret says what may be written down.
            "path": getattr(request, "logged_path", request.path),
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        },
    )


def _problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    title = CATALOGUE.get(code, TooLarge.title)
    document = problem_document(status=status, code=code, title=title, detail=detail, request=request)
    return HttpResponse(orjson.dumps(document), status=status, content_type=MEDIA_TYPE)
