"""HTTP of posts, for staff: readers read files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands, queries
from blog.api import serializers as schemas
from blog.api.actors import NEWSROOM, actor_of
from blog.models import Post
from chassis.auth import principal_in, subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.errors import FieldError, InvalidInput
from chassis.idempotency import IdempotentCreateMixin
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page

READ = ["blog/read"]
WRITE = ["blog/write"]


class PostsView(IdempotentCreateMixin, APIView):
    """All posts, drafts and all."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="list_posts",
        parameters=[
            OpenApiParameter("state", str, enum=list(queries.STATES), description="Only in this state."),
            OpenApiParameter("tag", str, description="Only with this tag, by its slug."),
            *page_parameters(),
        ],
        responses={200: schemas.PostPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Posts without their texts, from the one made last on."""
        state = _state(request)
        tag = request.query_params.get("tag")
        scope = f"posts:{state}:{tag}"
        page = read_page(request, scope=scope)
        after = UUID(page.after[0]) if page.after else None
        found = queries.list_posts(
            state=state, tag=tag, after=after, limit=page.limit + 1, actor=actor_of(request)
        )
        items = [queries.post_document(post) for post in found[: page.limit]]
        last = [items[-1]["id"]] if len(found) > page.limit else None
        return Response(page_document(request, items, scope=scope, last=last))

    @extend_schema(
        operation_id="create_post",
        request=schemas.PostCreateSerializer,
        responses={201: schemas.PostSerializer, **problem_responses(409, 422)},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make a draft, signed by you. With an `id` of your own a repeated request is answered 409."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        body = schemas.PostCreateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make it."""
        subject = subject_of(request)
        post = commands.create_post(subject=subject, author=commands.ensure_author(subject), **prepared)
        response = answer_with(post, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}/{post.id}")
        return response


class PostView(APIView):
    """One post."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(operation_id="read_post", responses={200: schemas.PostSerializer, 304: None})
    def get(self, request: Request, post_id: UUID) -> Response:
        """The draft of one post."""
        post = queries.get_post(post_id, actor=actor_of(request))
        return not_modified(request, etag_of_version(post.version)) or answer_with(post)

    @extend_schema(
        operation_id="change_post",
        request=schemas.PostChangeSerializer,
        responses={200: schemas.PostSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request, post_id: UUID) -> Response:
        """Change the draft. What is public stays as it is until the post is published again."""
        body = schemas.PostChangeSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        post = commands.update_post(
            actor=actor_of(request),
            post_id=post_id,
            if_versions=if_match_versions(request),
            changes=dict(body.validated_data),
        )
        return answer_with(post)

    @extend_schema(operation_id="delete_post", responses={204: None, **problem_responses(412)})
    def delete(self, request: Request, post_id: UUID) -> Response:
        """Delete a draft that was never public; 403 `post-was-public` otherwise."""
        commands.delete_post(actor=actor_of(request), post_id=post_id, if_versions=if_match_versions(request))
        return Response(status=204)


class PublishView(APIView):
    """Making a draft public."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="publish_post",
        request=schemas.EmptySerializer,
        responses={202: schemas.PublicationSerializer, **problem_responses(412)},
    )
    def post(self, request: Request, post_id: UUID) -> Response:
        """Publish the draft as it is now. The files follow: read `publication` for the receipt."""
        _read_nothing(request)
        job = commands.publish_post(
            actor=actor_of(request), post_id=post_id, if_versions=if_match_versions(request)
        )
        return Response(queries.publication_document(job), status=202)


class UnpublishView(APIView):
    """Taking a post back."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="unpublish_post",
        request=schemas.EmptySerializer,
        responses={202: schemas.PublicationSerializer, **problem_responses(412)},
    )
    def post(self, request: Request, post_id: UUID) -> Response:
        """Take a post back from its readers. The draft stays."""
        _read_nothing(request)
        job = commands.unpublish_post(
            actor=actor_of(request), post_id=post_id, if_versions=if_match_versions(request)
        )
        return Response(queries.publication_document(job), status=202)


class PublicationView(APIView):
    """How far the last publishing of a post is."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="read_publication",
        responses={200: schemas.PublicationSerializer, **problem_responses(404)},
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """The state of the job, and what the public address served."""
        queries.get_post(post_id, actor=actor_of(request))
        return Response(queries.publication_document(queries.get_last_job(post_id)))


class AnnouncementsView(APIView):
    """For the updates service: a release becomes a draft that an editor looks over."""

    audience = "service"
    required_scopes = {"POST": ["blog/announce"]}

    @extend_schema(
        operation_id="announce_release",
        request=schemas.AnnouncementSerializer,
        responses={200: schemas.AnnouncedSerializer, 201: schemas.AnnouncedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Announce a release once: 201 with the draft, 200 with the same post when asked again."""
        body = schemas.AnnouncementSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        post, is_new = commands.announce_release(by=principal_in(request).client_id, **body.validated_data)
        answer = {"post_id": str(post.id), "slug": post.slug, "state": post.state}
        return Response(answer, status=201 if is_new else 200)


def _read_nothing(request: Request) -> None:
    schemas.EmptySerializer(data=request.data).is_valid(raise_exception=True)


def answer_with(post: Post, *, status: int = 200) -> Response:
    """A draft as its editors see it, with its tag."""
    document = {**queries.post_document(post), "body": post.body}
    return with_etag(Response(document, status=status), etag_of_version(post.version))


def _state(request: Request) -> str | None:
    state = request.query_params.get("state")
    if state is None or state in queries.STATES:
        return state
    detail = f"Send one of {', '.join(queries.STATES)}."
    raise InvalidInput(f"?state: {detail}", errors=[FieldError("?state", "invalid-choice", detail)])
