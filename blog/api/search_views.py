"""HTTP of searching: for anybody, the same for all, so the edge keeps it for a minute."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import queries
from blog.site import addresses
from blog.words import PAGES_MOST, QUERY_LENGTH_MOST, page_in, query_in, read_search
from chassis.conditional import not_modified, with_etag
from chassis.openapi import problem_responses
from chassis.publishing import CacheRule


class FoundSerializer(serializers.Serializer[Any]):
    """A post that was found."""

    slug = serializers.CharField()
    url = serializers.CharField()
    json_url = serializers.CharField()
    title = serializers.CharField()
    title_html = serializers.CharField(help_text="Escaped; what was found stands in `<mark>`.")
    excerpt_html = serializers.CharField(help_text="Some words around it, the same way.")
    language = serializers.CharField()
    published_at = serializers.DateTimeField()


class SearchSerializer(serializers.Serializer[Any]):
    """A page of what was found, the best first."""

    query = serializers.CharField()
    items = FoundSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="The address of the next page.")


class SearchView(APIView):
    """Searching what is public."""

    audience = "anyone"
    authentication_classes: list[type] = []

    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter(
                "q",
                {"type": "string", "minLength": 1, "maxLength": QUERY_LENGTH_MOST},
                required=True,
                description='Words; `"in this order"`; `-without`.',
            ),
            OpenApiParameter("page", {"type": "integer", "minimum": 1, "maximum": PAGES_MOST}),
        ],
        responses={200: SearchSerializer, 304: None, **problem_responses(400)},
    )
    def get(self, request: Request) -> Response:
        """Posts that hold every word, the best first. Capitals, accents and English endings do not matter."""
        text = query_in(request.query_params.get("q", ""))
        page = page_in(request.query_params.get("page", "1"))
        found, has_more = queries.search_posts(read_search(text), page=page)
        following = f"{request.path}?{urlencode({'q': text, 'page': page + 1})}"
        document = {
            "query": text,
            "items": [_document(one) for one in found],
            "next": following if has_more and page < PAGES_MOST else None,
        }
        etag = f'"{hashlib.sha256(orjson.dumps(document)).hexdigest()[:32]}"'
        answer = not_modified(request, etag) or with_etag(Response(document), etag)
        answer["Cache-Control"] = CacheRule.SHARED_ANSWER.origin
        answer["Vary"] = "Accept"
        return answer


def _document(found: queries.Found) -> dict[str, Any]:
    return {
        "slug": found.slug,
        "url": addresses.url_of(addresses.page_key(found.slug)),
        "json_url": addresses.url_of(addresses.document_key(found.slug)),
        "title": found.title,
        "title_html": found.title_html,
        "excerpt_html": found.excerpt_html,
        "language": found.language,
        "published_at": found.published_at,
    }
