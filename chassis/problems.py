"""Every error as a problem document (RFC 9457), with a stable `type` whose last part is its code."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import requires_csrf_token
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from chassis import errors

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
View = Callable[..., HttpResponseBase]

# The nearest class in a domain error's ancestry decides its status.
STATUS_OF: dict[type[errors.DomainError], int] = {
    errors.InvalidInput: 400,
    errors.Refused: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.VersionMismatch: 412,
    errors.TooLarge: 413,
    errors.UnprocessableRequest: 422,
    errors.Unavailable: 503,
    errors.DomainError: 400,
}

# code → (title, what a client should do). The page at `/problems/<code>` shows them.
CATALOGUE: dict[str, str] = {
    "invalid-input": "Some of the input is not valid.",
    "malformed-body": "The body cannot be read.",
    "bad-request": "The request cannot be read.",
    "not-authenticated": "This address needs an access token.",
    "invalid-token": "The access token is not accepted.",
    "insufficient-scope": "The token does not allow this.",
    "csrf-failed": "The form token is missing or wrong.",
    "refused": "This is not allowed.",
    "not-found": "There is nothing here.",
    "method-not-allowed": "This address does not accept this method.",
    "not-acceptable": "None of the accepted media types can be produced.",
    "length-required": "The body's length is not said.",
    "unsupported-media-type": "The body's media type is not read here.",
    "too-many-requests": "Too many requests. Wait as long as Retry-After says.",
    "internal-error": "Something went wrong on our side. It is logged.",
    "database-unavailable": "The database does not answer. Try again later.",
}


def problem_document(
    *, status: int, code: str, title: str, detail: str, request: HttpRequest | None = None, **extra: Any
) -> dict[str, Any]:
    """The members of one problem document; `instance` names the request in the logs."""
    document: dict[str, Any] = {
        "type": f"{settings.WEB_URL}/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        **extra,
    }
    if request is not None and (request_id := getattr(request, "request_id", "")):
        document["instance"] = f"urn:uuid:{request_id}"
    return document


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: a problem document for everything that a view may raise.

    Unknown exceptions are left to Django, which logs them and calls `server_error`.
    """
    request = context.get("request")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, errors.DomainError):
        response = _domain_response(error, request)
    elif isinstance(error, exceptions.APIException):
        response = _api_response(error, request)
    elif isinstance(error, OperationalError):
        log.exception("database_unavailable")
        response = _domain_response(errors.Unavailable("The database does not answer."), request)
    else:
        return None
    set_rollback()
    return response


def status_of(error: errors.DomainError) -> int:
    """The status that the nearest known ancestor of this error has."""
    return next(STATUS_OF[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUS_OF)


def operation_problem(error: errors.DomainError) -> dict[str, Any]:
    """The problem of one part of a request, the rest of which went well. Kept, so it names no request."""
    return _domain_document(error, None)


def _domain_document(error: errors.DomainError, request: Any) -> dict[str, Any]:
    extra = dict(error.extra)
    if error.errors:
        extra["errors"] = [
            {"pointer": found.pointer, "code": found.code, "detail": found.detail} for found in error.errors
        ]
    return problem_document(
        status=status_of(error),
        code=error.code,
        title=error.title,
        detail=error.detail,
        request=request,
        **extra,
    )


def _domain_response(error: errors.DomainError, request: Any) -> Response:
    document = _domain_document(error, request)
    headers = {}
    if isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return _response(document, headers)


def _api_response(error: exceptions.APIException, request: Any) -> Response:
    code = _code_of(error)
    extra: dict[str, Any] = {}
    detail = str(error.detail) if isinstance(error.detail, str) else CATALOGUE["invalid-input"]
    if isinstance(error, exceptions.ValidationError):
        extra["errors"] = list(_findings(error.detail, error.get_codes(), ""))
        detail = _first_detail(extra["errors"], detail)
    title = CATALOGUE.get(code, detail)
    document = problem_document(
        status=error.status_code, code=code, title=title, detail=detail, request=request, **extra
    )
    return _response(document, _headers_of(error, code, detail))


def _response(document: dict[str, Any], headers: Mapping[str, str]) -> Response:
    response = Response(document, status=document["status"], headers={"Cache-Control": "no-store", **headers})
    response.content_type = MEDIA_TYPE
    return response


def _code_of(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    if isinstance(error, exceptions.ValidationError):
        return "invalid-input"
    if isinstance(error, exceptions.ParseError):
        return "malformed-body"
    if isinstance(error, exceptions.NotAuthenticated):
        return "not-authenticated"
    if isinstance(error, exceptions.AuthenticationFailed):
        return "invalid-token"
    if isinstance(error, exceptions.Throttled):
        return "too-many-requests"
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF Failed"):
        return "csrf-failed"
    if str(codes) in ("permission_denied", "error"):
        return {"permission_denied": "refused", "error": "internal-error"}[str(codes)]
    return str(codes).replace("_", "-")


def _headers_of(error: exceptions.APIException, code: str, detail: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    if code == "invalid-token":
        # RFC 6750 §3. Descriptions are ours, so they hold no quotes.
        headers["WWW-Authenticate"] = (
            f'Bearer realm="quartet", error="invalid_token", error_description="{_quotable(detail)}"'
        )
    elif code == "insufficient-scope":
        headers["WWW-Authenticate"] = (
            f'Bearer realm="quartet", error="insufficient_scope", error_description="{_quotable(detail)}"'
        )
    elif challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _quotable(text: str) -> str:
    return "".join(
        letter for letter in text if letter.isascii() and letter.isprintable() and letter not in '"\\'
    )


def _findings(detail: Any, codes: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Flatten DRF's nested error detail into JSON pointers (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _findings(inner, codes[name], pointer + step)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _findings(
                inner, codes[position], f"{pointer}/{position}" if nested and inner else pointer
            )
    else:
        yield {"pointer": pointer, "code": str(codes).replace("_", "-"), "detail": str(detail)}


def _first_detail(findings: list[dict[str, str]], otherwise: str) -> str:
    if not findings:
        return otherwise
    first = findings[0]
    return f"{first['pointer']}: {first['detail']}" if first["pointer"] else first["detail"]


# --- Errors outside of API views ---------------------------------------------------------------


def _plain(request: HttpRequest, status: int, code: str, detail: str = "") -> HttpResponse:
    """A problem document for programs, a short page for people."""
    title = CATALOGUE[code]
    document = problem_document(
        status=status, code=code, title=title, detail=detail or title, request=request
    )
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if wants_page:
        from django.template import loader

        return HttpResponse(
            loader.render_to_string("chassis/problem.html", {"problem": document}), status=status
        )
    response = HttpResponse(orjson.dumps(document), status=status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def safe_only(view: View) -> View:
    """Let GET and HEAD through to a view that is no API view; anything else is 405."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        response = _plain(request, 405, "method-not-allowed")
        response["Allow"] = "GET, HEAD"
        return response

    return wrapper


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    detail = (
        "" if not isinstance(exception, SuspiciousOperation) else "The request was refused as suspicious."
    )
    return _plain(request, 400, "bad-request", detail)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _plain(request, 403, "refused")


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _plain(request, 404, "not-found", "There is nothing at this address.")


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. The exception is in the log under this request's id."""
    return _plain(request, 500, "internal-error")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return _plain(request, 403, "csrf-failed", reason)
