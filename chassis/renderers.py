"""Writing of answers: JSON by orjson, and DRF's browsable API under our Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.request import Request


class ORJSONRenderer(BaseRenderer):
    """JSON, several times as fast as the standard library's encoder."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """`data` as UTF-8 JSON; None is an empty body. Bytes are taken as rendered JSON."""
        if data is None:
            return b""
        if isinstance(data, bytes):
            return data
        return orjson.dumps(data, default=_encode, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _encode(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


class Negotiation(DefaultContentNegotiation):
    """DRF's, with the answer at hand for what nearly all programs ask for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """The renderer and its media type."""
        renderers = list(renderers)
        first = renderers[0]
        wanted = request.META.get("HTTP_ACCEPT", "*/*")
        if format_suffix is None and wanted in ("*/*", first.media_type):
            return first, first.media_type
        found: tuple[Any, str] = super().select_renderer(request, renderers, format_suffix)
        return found


class DocumentedBrowsableAPIRenderer(BrowsableAPIRenderer):
    """DRF's browsable API with our own template: no inline script or style."""

    template = "chassis/browsable_api.html"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        """The page. A problem document in it is a page too, whatever media type it has on its own."""
        page = super().render(data, accepted_media_type, renderer_context)
        (renderer_context or {})["response"]["Content-Type"] = f"{self.media_type}; charset={self.charset}"
        return page

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Without the style sheet that DRF writes into the page where Pygments is installed."""
        return {**super().get_context(*args, **kwargs), "code_style": ""}

    def get_default_renderer(self, view: Any) -> BaseRenderer:
        """Show what a program would get."""
        return IndentedORJSONRenderer()

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Any) -> Any:
        """No HTML form for bodies: the API reads JSON only, which the raw form sends."""
        return (
            super().get_rendered_html_form(data, view, method, request)
            if method in ("DELETE", "OPTIONS")
            else None
        )


class IndentedORJSONRenderer(ORJSONRenderer):
    """The same JSON, laid out for a reader."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """`data` as indented UTF-8 JSON."""
        if data is None:
            return b""
        if isinstance(data, bytes):
            data = orjson.loads(data)
        return orjson.dumps(data, default=_encode, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2)
