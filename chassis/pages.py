"""Pages for people who meet a process: what it runs, its API documents, its problem types."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from chassis import problems
from chassis.apps import service_config
from chassis.problems import safe_only


@dataclass(frozen=True)
class ServiceCard:
    """A service as the start page shows it."""

    name: str
    summary: str
    version: str
    docs_url: str
    schema_url: str


def service_cards() -> list[ServiceCard]:
    """The services of this process."""
    return [
        ServiceCard(
            name=name,
            summary=service_config(name).summary,
            version=service_config(name).api_version,
            docs_url=reverse("api-docs", args=[name]),
            schema_url=reverse(f"schema-{name}"),
        )
        for name in settings.SERVICES
    ]


@safe_only
def start(request: HttpRequest) -> HttpResponse:
    """`GET /`: what runs here, and where to go. Health is read by a script from `/health/ready`."""
    elsewhere = {
        name: url for name, url in settings.SERVICE_URLS.items() if url and name not in settings.SERVICES
    }
    links = [tuple(entry.split("=", 1)) for entry in settings.START_LINKS if "=" in entry]
    context = {"services": service_cards(), "elsewhere": elsewhere, "links": links}
    return render(request, "chassis/start.html", context)


@safe_only
def docs_index(request: HttpRequest) -> HttpResponse:
    """`GET /docs/`: the API documents of this process's services."""
    return render(request, "chassis/docs_index.html", {"services": service_cards()})


@safe_only
def api_docs(request: HttpRequest, service: str) -> HttpResponse:
    """`GET /docs/<service>/`: Swagger UI from our own static files, without inline scripts."""
    _require_service(service)
    return render(request, "chassis/api_docs.html", {"service": service})


@safe_only
def api_docs_script(request: HttpRequest, service: str) -> HttpResponse:
    """The few lines that start Swagger UI; their own address, since the CSP forbids inline scripts."""
    _require_service(service)
    context = {"schema_url": reverse(f"schema-{service}")}
    return render(request, "chassis/api_docs.js", context, content_type="text/javascript")


@safe_only
def problem_types(request: HttpRequest) -> HttpResponse:
    """`GET /problems/`: every problem type."""
    return render(request, "chassis/problem_types.html", {"problems": sorted(_catalogue().items())})


@safe_only
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """`GET /problems/<code>`: what a problem's `type` points to."""
    title = _catalogue().get(code)
    if title is None:
        raise Http404
    return render(request, "chassis/problem_type.html", {"code": code, "title": title})


def _require_service(service: str) -> None:
    if service not in settings.SERVICES:
        raise Http404


def _catalogue() -> dict[str, str]:
    from chassis.errors import DomainError

    found = dict(problems.CATALOGUE)
    pending = [DomainError]
    while pending:
        error_class = pending.pop()
        found.setdefault(error_class.code, error_class.title)
        pending.extend(error_class.__subclasses__())
    return found
