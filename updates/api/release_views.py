"""HTTP of releases: parse, one call, present. For release editors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.auth import subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.idempotency import IdempotentCreateMixin
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import read_page
from updates import commands, queries
from updates.api import bodies
from updates.api import serializers as schemas
from updates.api.publisher_auth import PublishingView
from updates.api.views import READ, WRITE, created, numbered_page, read_body
from updates.models import Release


class ReleasesView(IdempotentCreateMixin, PublishingView):
    """The releases of a product."""

    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="list_releases",
        parameters=page_parameters(),
        responses={200: schemas.ReleasePageSerializer},
    )
    def get(self, request: Request, product: str) -> Response:
        """Releases in every state and channel, the newest first."""
        scope = f"releases:{product}"
        page = read_page(request, scope=scope)
        found = queries.list_releases(
            product=queries.get_product(product),
            before=page.after[0] if page.after else None,
            limit=page.limit + 1,
        )
        return numbered_page(request, schemas.ReleaseSerializer, found, limit=page.limit, scope=scope)

    @extend_schema(
        operation_id="create_release",
        request=bodies.ReleaseCreateSerializer,
        responses={201: schemas.ReleaseSerializer},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Begin a release. Its version must be higher than the last of its channel."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        return read_body(bodies.ReleaseCreateSerializer, request)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Begin it."""
        made = commands.create_release(actor=subject_of(request), product=kwargs["product"], **prepared)
        return created(request, release_answer(made), str(made.id))


class ReleaseView(PublishingView):
    """One release."""

    required_scopes = {"GET": READ, "PATCH": WRITE}

    @extend_schema(operation_id="read_release", responses={200: schemas.ReleaseSerializer, 304: None})
    def get(self, request: Request, release_id: UUID) -> Response:
        """One release."""
        release = queries.get_release(release_id)
        return not_modified(request, etag_of_version(release.revision)) or release_answer(release)

    @extend_schema(
        operation_id="change_release",
        request=bodies.ReleaseChangeSerializer,
        responses={200: schemas.ReleaseSerializer, **problem_responses(409, 412)},
    )
    def patch(self, request: Request, release_id: UUID) -> Response:
        """Change notes and requirements, before it is published."""
        release = commands.update_release(
            actor=subject_of(request),
            release_id=release_id,
            if_revisions=if_match_versions(request),
            changes=read_body(bodies.ReleaseChangeSerializer, request, partial=True),
        )
        return release_answer(release)


def release_answer(release: Release, *, status: int = 200) -> Response:
    """A release with its tag."""
    answer = Response(schemas.ReleaseSerializer(release).data, status=status)
    return with_etag(answer, etag_of_version(release.revision))
