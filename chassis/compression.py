"""Large answers, compressed for whoever reads that (RFC 9110 §12.5.3)."""

from __future__ import annotations

from django.middleware.gzip import GZipMiddleware
from rest_framework.response import Response

# Django's own: it looks at Accept-Encoding, leaves short answers alone, varies, and weakens the ETag.
_middleware = GZipMiddleware(lambda _: Response())


def compressed(response: Response) -> Response:
    """The same answer, compressed once it is rendered."""

    def compress(rendered: Response) -> None:
        request = rendered.renderer_context["request"]._request  # type: ignore[attr-defined]
        _middleware.process_response(request, rendered)

    response.add_post_render_callback(compress)
    return response
