"""The draft of a post for somebody without an account, by a signed link that ends."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from blog import queries
from blog.errors import PostNotFound
from blog.framing import framed
from blog.links import read_preview
from blog.site.preview import whole_page


@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """`GET ?token=`: the draft as it is now, found by no search engine and kept nowhere."""
    post_id = read_preview(request.GET.get("token", ""))
    try:
        response = framed(whole_page(queries.get_post(post_id))) if post_id else None
    except PostNotFound:
        response = None
    if response is None:
        response = render(request, "blog/readers/bad_link.html", {"purpose": "preview"}, status=404)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
