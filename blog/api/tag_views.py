"""HTTP of tags, for the newsroom."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands, queries
from blog.api.actors import NEWSROOM, actor_of
from blog.models import TAG_LENGTH_MOST
from chassis.openapi import problem_responses
from chassis.serializers import StrictSerializer, TextField


class TagSerializer(serializers.Serializer[Any]):
    """A word that posts have in common."""

    name = serializers.CharField()
    slug = serializers.CharField()
    posts = serializers.IntegerField(help_text="Posts whose draft has it.")


class TagsSerializer(serializers.Serializer[Any]):
    """All of them."""

    items = TagSerializer(many=True)


class TagChangeSerializer(StrictSerializer):
    """What may be changed."""

    name = TextField(max_length=TAG_LENGTH_MOST)


class TagsView(APIView):
    """Tags."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": ["blog/read"]}

    @extend_schema(operation_id="list_tags", responses={200: TagsSerializer})
    def get(self, request: Request) -> Response:
        """Every tag by its name. A tag is made by giving it to a post."""
        return Response({"items": queries.list_counted_tags()})


class TagView(APIView):
    """One tag, by its slug."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"PATCH": ["blog/write"]}

    @extend_schema(
        operation_id="rename_tag",
        request=TagChangeSerializer,
        responses={200: TagSerializer, **problem_responses()},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Write it otherwise, on every post. Its address stays; the pages that show it follow."""
        # Nothing to change is no mistake, as with every PATCH.
        body = TagChangeSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        tag = queries.get_tag(slug)
        name = body.validated_data.get("name", tag.name)
        tag = commands.rename_tag(actor=actor_of(request), tag_id=tag.id, name=name)
        return Response(queries.tag_document(tag))
