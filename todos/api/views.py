"""HTTP of lists: parse, one call, present."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.idempotency import IdempotentCreateMixin
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page
from todos import commands, queries
from todos.api import serializers as schemas
from todos.api.reading import reading, version_seen

PAGE_PARAMETERS = page_parameters()
CONDITIONAL_READ = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An ETag that you hold."
)
CONDITIONAL_WRITE = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that you read."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Makes a repeated request harmless, for 24 hours.",
)


class ListsView(IdempotentCreateMixin, APIView):
    """All lists of an account."""

    required_scopes = {"GET": ["todos/read"], "POST": ["todos/write"]}

    @extend_schema(
        operation_id="list_lists",
        parameters=[*PAGE_PARAMETERS, CONDITIONAL_READ],
        responses={200: schemas.ListPageSerializer, 304: None},
    )
    def get(self, request: Request) -> Response:
        """Lists in the order in which they were made. 304 when nothing in the account has changed."""
        subject = subject_of(request)
        scope = f"lists:{subject}"
        with reading(subject, seen=version_seen(request)) as account:
            etag = etag_of_version(account.version)
            if (unchanged := not_modified(request, etag)) is not None:
                return unchanged
            page = read_page(request, scope=scope)
            found = queries.list_lists(subject=subject, after=after_of(page.after), limit=page.limit + 1)
        return with_etag(Response(document_of(request, found, page.limit, scope)), etag)

    @extend_schema(
        operation_id="create_list",
        parameters=[IDEMPOTENCY_KEY],
        request=schemas.ListCreateSerializer,
        responses={201: schemas.ListSerializer, **problem_responses(409, 422)},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make a list. With an `id` of your own a repeated request is answered 409, not done twice."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        return read_body(schemas.ListCreateSerializer, request)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make it."""
        found = commands.create_list(subject=subject_of(request), **prepared)
        location = request.build_absolute_uri(f"{request.path}/{found.id}")
        response = Response(queries.list_document(found), status=201, headers={"Location": location})
        return with_etag(response, etag_of_version(found.version))


class ListView(APIView):
    """One list."""

    required_scopes = {"GET": ["todos/read"], "PATCH": ["todos/write"], "DELETE": ["todos/write"]}

    @extend_schema(
        operation_id="read_list",
        parameters=[CONDITIONAL_READ],
        responses={200: schemas.ListSerializer, 304: None},
    )
    def get(self, request: Request, list_id: UUID) -> Response:
        """One list."""
        found = queries.get_list(subject=subject_of(request), list_id=list_id)
        etag = etag_of_version(found.version)
        return not_modified(request, etag) or with_etag(Response(queries.list_document(found)), etag)

    @extend_schema(
        operation_id="change_list",
        parameters=[CONDITIONAL_WRITE],
        request=schemas.ListChangeSerializer,
        responses={200: schemas.ListSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request, list_id: UUID) -> Response:
        """Change some fields."""
        found = commands.update_list(
            subject=subject_of(request),
            list_id=list_id,
            if_versions=if_match_versions(request),
            changes=read_body(schemas.ListChangeSerializer, request, partial=True),
        )
        return with_etag(Response(queries.list_document(found)), etag_of_version(found.version))

    @extend_schema(
        operation_id="delete_list",
        parameters=[CONDITIONAL_WRITE],
        responses={204: None, **problem_responses(412)},
    )
    def delete(self, request: Request, list_id: UUID) -> Response:
        """Delete a list and the to-dos in it."""
        commands.delete_list(
            subject=subject_of(request), list_id=list_id, if_versions=if_match_versions(request)
        )
        return Response(status=204)


def read_body(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The validated body."""
    with suppress(ValidationError):
        return dict(_shared(serializer, partial).run_validation(request.data))
    # What is wrong is told by a serializer of its own.
    body = serializer(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


@cache
def _shared(serializer: Any, partial: bool) -> Any:
    """One for all requests: a new one copies each of its fields, and judging changes nothing in it."""
    return serializer(partial=partial)


def after_of(position: list[Any] | None) -> UUID | None:
    """The id after which a page begins."""
    return UUID(position[0]) if position else None


def document_of(request: Request, found: list[dict[str, Any]], limit: int, scope: str) -> dict[str, Any]:
    """A page of documents, one more of which was read to see whether there is a next page."""
    items = found[:limit]
    last = [str(items[-1]["id"])] if len(found) > limit else None
    return page_document(request, items, scope=scope, last=last)
