"""The OpenAPI document of one service: the same for the address that serves it and the committed file.

The generator is imported when the first document is made, since no other request needs it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from django.utils import translation
from django.utils.cache import get_conditional_response

from chassis.apps import service_config
from chassis.problems import safe_only

MEDIA_TYPES = {"yaml": "application/vnd.oai.openapi", "json": "application/vnd.oai.openapi+json"}

# drf-spectacular's settings are the process's, so two documents must not be made at once.
_making = threading.Lock()


class InvalidDocument(Exception):
    """The views do not describe themselves well enough; the message says where."""


def service_patterns(service: str) -> list[URLPattern | URLResolver]:
    """The addresses of one service, as this process mounts them."""
    return [path(f"api/{service}/v1/", include(f"{service}.api.urls"))]


def service_document(service: str) -> dict[str, Any]:
    """The document of one service, in English whatever the request's language."""
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.settings import patched_settings

    config = service_config(service)
    described = {
        "TITLE": f"Quartet: {service}",
        "VERSION": config.api_version,
        "DESCRIPTION": config.summary,
        # Relative to the address that serves the document, so it is the same everywhere.
        "SERVERS": [{"url": "/"}],
    }
    with _making, patched_settings(described), translation.override("en"):
        generator = SchemaGenerator(patterns=service_patterns(service))  # type: ignore[no-untyped-call]
        return generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def checked_document(service: str) -> bytes:
    """The document as the repository keeps it, in YAML.

    Raises:
        InvalidDocument: a view cannot be described, or the result is not OpenAPI 3.1.
    """
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.validation import validate_schema

    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        document = service_document(service)
    if found := [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]:
        raise InvalidDocument(f"The {service} service does not describe itself:\n- " + "\n- ".join(found))
    validate_schema(document)  # type: ignore[no-untyped-call]
    return _rendered(document, "yaml")


def schema_view(service: str) -> Callable[[HttpRequest], HttpResponseBase]:
    """`GET /api/<service>/v1/schema/`: YAML, or JSON by `?format=json` or the Accept header."""

    @safe_only
    def view(request: HttpRequest) -> HttpResponseBase:
        form = "json" if _wants_json(request) else "yaml"
        body, etag = _served(service, form)
        response = HttpResponse(
            body,
            content_type=MEDIA_TYPES[form],
            headers={
                "Content-Disposition": f'inline; filename="{service}.{form}"',
                "Cache-Control": "no-cache",
                "ETag": etag,
                "Vary": "Accept",
            },
        )
        return get_conditional_response(request, etag=etag, response=response) or response

    return view


def _wants_json(request: HttpRequest) -> bool:
    if "format" in request.GET:
        return request.GET["format"] == "json"
    offered = [MEDIA_TYPES["yaml"], "application/yaml", MEDIA_TYPES["json"], "application/json"]
    return (request.get_preferred_type(offered) or "").endswith("json")


@cache
def _served(service: str, form: str) -> tuple[bytes, str]:
    body = _rendered(service_document(service), form)
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _rendered(document: dict[str, Any], form: str) -> bytes:
    from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

    renderer = OpenApiJsonRenderer() if form == "json" else OpenApiYamlRenderer()
    return bytes(renderer.render(document, renderer_context={}))
