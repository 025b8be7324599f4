"""HTTP of tags, for the newsroom."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import queries
from blog.api.actors import NEWSROOM


class TagSerializer(serializers.Serializer[Any]):
    """A word that posts have in common."""

    name = serializers.CharField()
    slug = serializers.CharField()
    posts = serializers.IntegerField(help_text="Posts whose draft has it.")


class TagsSerializer(serializers.Serializer[Any]):
    """All of them."""

    items = TagSerializer(many=True)


class TagsView(APIView):
    """Tags."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": ["blog/read"]}

    @extend_schema(operation_id="list_tags", responses={200: TagsSerializer})
    def get(self, request: Request) -> Response:
        """Every tag by its name. A tag is made by giving it to a post."""
        return Response({"items": queries.list_counted_tags()})
