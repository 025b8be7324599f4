"""The page on which readers search. It needs no script, and is the same for all."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from blog import queries
from blog.site import addresses
from blog.words import PAGES_MOST, QUERY_LENGTH_MOST, page_in, query_in, read_search
from chassis.errors import InvalidInput
from chassis.publishing import CacheRule


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`GET ?q=`: the form, and what was found."""
    asked = request.GET.get("q", "")
    context = {
        "blog_url": f"{settings.PUBLIC_URL}/blog/",
        "q": asked[:QUERY_LENGTH_MOST],
        "most": QUERY_LENGTH_MOST,
    }
    status = 200
    if asked.strip():
        try:
            context |= _results(query_in(asked), page_in(request.GET.get("page", "1")))
        except InvalidInput as error:
            status, context["finding"] = 400, error.errors[0].detail
    response = render(request, "blog/readers/search.html", context, status=status)
    if status == 200:
        response["Cache-Control"] = CacheRule.SHARED_ANSWER.origin
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    # 304 to whoever has this very page.
    return get_conditional_response(request, etag=response.get("ETag"), response=response) or response


def _results(text: str, page: int) -> dict[str, object]:
    found, has_more = queries.search_posts(read_search(text), page=page)
    base = reverse("blog-search-page")
    return {
        "was_asked": True,
        "results": [(one, addresses.url_of(addresses.page_key(one.slug))) for one in found],
        "previous_url": f"{base}?{urlencode({'q': text, 'page': page - 1})}" if page > 1 else "",
        "next_url": f"{base}?{urlencode({'q': text, 'page': page + 1})}"
        if has_more and page < PAGES_MOST
        else "",
    }
