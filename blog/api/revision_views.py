"""HTTP of what was saved before, and of what is planned; for editors, and for writers what is their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands, queries
from blog.api import serializers as schemas
from blog.api.actors import NEWSROOM, actor_of
from blog.api.post_views import answer_with
from blog.models import Post, Revision, ScheduledAction
from chassis.conditional import etag_of_version, if_match_versions, with_etag
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page
from chassis.serializers import StrictSerializer

READ = ["blog/read"]
WRITE = ["blog/write"]


class RevisionSummarySerializer(serializers.Serializer[Any]):
    """A saved text without the text."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    saved_at = serializers.DateTimeField()
    saved_by = serializers.CharField()


class RevisionSerializer(RevisionSummarySerializer):
    """A saved text."""

    slug = serializers.CharField()
    summary = serializers.CharField()
    body = serializers.CharField()
    language = serializers.CharField()
    cover_id = serializers.UUIDField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    canonical_url = serializers.CharField()


class RevisionPageSerializer(serializers.Serializer[Any]):
    """A page of saved texts."""

    items = RevisionSummarySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ScheduleChangeSerializer(StrictSerializer):
    """When a post goes public or is taken back; null cancels, and what is not named stays."""

    publish_at = serializers.DateTimeField(required=False, allow_null=True)
    unpublish_at = serializers.DateTimeField(required=False, allow_null=True)


class PlanSerializer(serializers.Serializer[Any]):
    """What was planned, and what became of it."""

    action = serializers.CharField(help_text="`publish` or `unpublish`.")
    due_at = serializers.DateTimeField()
    state = serializers.CharField(help_text="`waiting`, `done`, `failed` or `cancelled`.")
    requested_by = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="Why it failed, or who cancelled it.")


class ScheduleSerializer(serializers.Serializer[Any]):
    """What is planned for a post."""

    publish_at = serializers.DateTimeField(allow_null=True)
    unpublish_at = serializers.DateTimeField(allow_null=True)
    history = PlanSerializer(many=True)


class RevisionsView(APIView):
    """What was saved of a post."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_revisions",
        parameters=page_parameters(),
        responses={200: RevisionPageSerializer, **problem_responses(404)},
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """Every saved text of a post, the newest first, without the texts."""
        queries.get_post(post_id, actor=actor_of(request))
        scope = f"revisions:{post_id}"
        page = read_page(request, scope=scope)
        before = int(page.after[0]) if page.after else None
        found = queries.list_revisions(post_id, before=before, limit=page.limit + 1)
        items = [_summary(one) for one in found[: page.limit]]
        last = [str(items[-1]["number"])] if len(found) > page.limit else None
        return Response(page_document(request, items, scope=scope, last=last))


class RevisionView(APIView):
    """One saved text."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="read_revision", responses={200: RevisionSerializer, **problem_responses(404)}
    )
    def get(self, request: Request, post_id: UUID, number: int) -> Response:
        """A text of a post as it was saved."""
        queries.get_post(post_id, actor=actor_of(request))
        found = queries.get_revision(post_id, number)
        document = {
            **_summary(found),
            "slug": found.slug,
            "summary": found.summary,
            "body": found.body,
            "language": found.language,
            "cover_id": found.cover_id and str(found.cover_id),
            "tags": [tag.name for tag in found.tags.all()],
            "canonical_url": found.canonical_url,
        }
        return Response(document)


class RestoreView(APIView):
    """Going back to a saved text, in the draft."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="restore_revision",
        request=schemas.EmptySerializer,
        responses={200: schemas.PostSerializer, **problem_responses(404, 412)},
    )
    def post(self, request: Request, post_id: UUID, number: int) -> Response:
        """Make the draft what it was. What is public stays as it is; what was the draft stays a revision."""
        schemas.EmptySerializer(data=request.data).is_valid(raise_exception=True)
        post = commands.restore_revision(
            actor=actor_of(request), post_id=post_id, number=number, if_versions=if_match_versions(request)
        )
        return answer_with(post)


class RollBackView(APIView):
    """Going back to a saved text, for readers."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="roll_back",
        request=schemas.EmptySerializer,
        responses={202: schemas.PublicationSerializer, **problem_responses(404, 412)},
    )
    def post(self, request: Request, post_id: UUID, number: int) -> Response:
        """Publish an earlier text again: it becomes the draft, and is published."""
        schemas.EmptySerializer(data=request.data).is_valid(raise_exception=True)
        job = commands.roll_back(
            actor=actor_of(request), post_id=post_id, number=number, if_versions=if_match_versions(request)
        )
        return Response(queries.publication_document(job), status=202)


class ScheduleView(APIView):
    """What is planned for a post."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ, "PATCH": WRITE}

    @extend_schema(
        operation_id="read_schedule", responses={200: ScheduleSerializer, **problem_responses(404)}
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """When it goes public, when it is taken back, and what became of earlier plans."""
        return _schedule(queries.get_post(post_id, actor=actor_of(request)))

    @extend_schema(
        operation_id="change_schedule",
        request=ScheduleChangeSerializer,
        responses={200: ScheduleSerializer, **problem_responses(404, 412)},
    )
    def patch(self, request: Request, post_id: UUID) -> Response:
        """Plan it. What keeps the post from being published is said now, not when its time has come."""
        body = ScheduleChangeSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        named = {ScheduledAction(name.removesuffix("_at")): at for name, at in body.validated_data.items()}
        post = commands.schedule_post(
            actor=actor_of(request), post_id=post_id, changes=named, if_versions=if_match_versions(request)
        )
        return _schedule(post)


def _schedule(post: Post) -> Response:
    """With the version of the post: a plan is a part of it."""
    return with_etag(Response(queries.schedule_document(post.id)), etag_of_version(post.version))


def _summary(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "title": revision.title,
        "saved_at": revision.saved_at,
        "saved_by": revision.saved_by,
    }
