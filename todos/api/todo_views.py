"""HTTP of to-dos: parse, one call, present."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.errors import FieldError, InvalidInput
from chassis.idempotency import IdempotentCreateMixin
from chassis.openapi import problem_responses
from chassis.pagination import page_document, read_page
from todos import commands, queries
from todos.api import serializers as schemas
from todos.api.plain_bodies import plain_todo
from todos.api.reading import reading, version_seen
from todos.api.views import (
    CONDITIONAL_READ,
    CONDITIONAL_WRITE,
    IDEMPOTENCY_KEY,
    PAGE_PARAMETERS,
    read_body,
)
from todos.models import Todo
from todos.queries import EVERYTHING, Order, TodoFilter

FILTERS = frozenset({"list", "done", "due_before", "due_after", "tag", "q", "sort"})


class TodosView(IdempotentCreateMixin, APIView):
    """The to-dos of an account."""

    required_scopes = {"GET": ["todos/read"], "POST": ["todos/write"]}

    @extend_schema(
        operation_id="list_todos",
        parameters=[
            OpenApiParameter("list", UUID, description="Only of this list."),
            OpenApiParameter("done", bool, description="Only done, or only open ones."),
            OpenApiParameter(
                "due_before", {"type": "string", "format": "date"}, description="Due before this day."
            ),
            OpenApiParameter(
                "due_after", {"type": "string", "format": "date"}, description="Due after this day."
            ),
            OpenApiParameter("tag", str, description="Only with this tag; capitals do not matter."),
            OpenApiParameter("q", str, description="Only with all these words in title or notes."),
            OpenApiParameter(
                "sort",
                {"type": "string", "enum": [order.value for order in Order]},
                description="As they were made (if not said), as the user ordered them, or by what is due.",
            ),
            *PAGE_PARAMETERS,
            CONDITIONAL_READ,
        ],
        responses={200: schemas.TodoPageSerializer, 304: None},
    )
    def get(self, request: Request) -> Response:
        """To-dos in an order. 304 when nothing in the account has changed."""
        subject = subject_of(request)
        with reading(subject, seen=version_seen(request)) as account:
            etag = etag_of_version(account.version)
            if (unchanged := not_modified(request, etag)) is not None:
                return unchanged
            wanted, order = _wanted_of(request)
            scope = f"todos:{subject}:{wanted}:{order}"
            page = read_page(request, scope=scope)
            found = queries.list_todos(
                subject=subject, wanted=wanted, order=order, after=page.after, limit=page.limit + 1
            )
        last = queries.position_of(order, found[page.limit - 1]) if len(found) > page.limit else None
        document = page_document(request, found[: page.limit], scope=scope, last=last)
        return with_etag(Response(document), etag)

    @extend_schema(
        operation_id="create_todo",
        parameters=[IDEMPOTENCY_KEY],
        request=schemas.TodoCreateSerializer,
        responses={201: schemas.TodoSerializer, **problem_responses(409, 422)},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make a to-do. With an `id` of your own a repeated request is answered 409, not done twice."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        return plain_todo(request.data) or read_body(schemas.TodoCreateSerializer, request)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make it."""
        todo = commands.create_todo(subject=subject_of(request), **prepared)
        response = _answer(todo, status=201)
        response["Location"] = request.build_absolute_uri(f"{request.path}/{todo.id}")
        return response


class TodoView(APIView):
    """One to-do."""

    required_scopes = {"GET": ["todos/read"], "PATCH": ["todos/write"], "DELETE": ["todos/write"]}

    @extend_schema(
        operation_id="read_todo",
        parameters=[CONDITIONAL_READ],
        responses={200: schemas.TodoSerializer, 304: None},
    )
    def get(self, request: Request, todo_id: UUID) -> Response:
        """One to-do with its attachments."""
        todo = queries.get_todo(subject=subject_of(request), todo_id=todo_id)
        return not_modified(request, etag_of_version(todo.version)) or _answer(todo)

    @extend_schema(
        operation_id="change_todo",
        parameters=[CONDITIONAL_WRITE],
        request=schemas.TodoChangeSerializer,
        responses={200: schemas.TodoSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request, todo_id: UUID) -> Response:
        """Change some fields."""
        todo = commands.update_todo(
            subject=subject_of(request),
            todo_id=todo_id,
            if_versions=if_match_versions(request),
            changes=read_body(schemas.TodoChangeSerializer, request, partial=True),
        )
        return _answer(todo)

    @extend_schema(
        operation_id="delete_todo",
        parameters=[CONDITIONAL_WRITE],
        responses={204: None, **problem_responses(412)},
    )
    def delete(self, request: Request, todo_id: UUID) -> Response:
        """Delete a to-do. Attached files stay in the folder."""
        commands.delete_todo(
            subject=subject_of(request), todo_id=todo_id, if_versions=if_match_versions(request)
        )
        return Response(status=204)


class CompleteView(APIView):
    """Mark a to-do, or one occurrence of it, done."""

    required_scopes = {"POST": ["todos/write"]}

    @extend_schema(
        operation_id="complete_todo",
        parameters=[CONDITIONAL_WRITE],
        request=schemas.OccurrenceSerializer,
        responses={200: schemas.TodoSerializer, **problem_responses(412)},
    )
    def post(self, request: Request, todo_id: UUID) -> Response:
        """Doing it twice changes nothing."""
        body = read_body(schemas.OccurrenceSerializer, request)
        todo = commands.complete_todo(
            subject=subject_of(request), todo_id=todo_id, if_versions=if_match_versions(request), **body
        )
        return _answer(todo)


class ReopenView(APIView):
    """Mark a to-do, or one occurrence of it, as not done after all."""

    required_scopes = {"POST": ["todos/write"]}

    @extend_schema(
        operation_id="reopen_todo",
        parameters=[CONDITIONAL_WRITE],
        request=schemas.OccurrenceSerializer,
        responses={200: schemas.TodoSerializer, **problem_responses(412)},
    )
    def post(self, request: Request, todo_id: UUID) -> Response:
        """Doing it twice changes nothing."""
        body = read_body(schemas.OccurrenceSerializer, request)
        todo = commands.reopen_todo(
            subject=subject_of(request), todo_id=todo_id, if_versions=if_match_versions(request), **body
        )
        return _answer(todo)


class CompletionsView(APIView):
    """The occurrences of a to-do that are done."""

    required_scopes = {"GET": ["todos/read"]}

    @extend_schema(operation_id="list_completions", responses={200: schemas.CompletionsSerializer, 304: None})
    def get(self, request: Request, todo_id: UUID) -> Response:
        """The first one first."""
        subject = subject_of(request)
        with reading(subject, seen=version_seen(request)) as account:
            etag = etag_of_version(account.version)
            if (unchanged := not_modified(request, etag)) is not None:
                return unchanged
            queries.get_todo(subject=subject, todo_id=todo_id)
            found = queries.list_completions(subject=subject, todo_id=todo_id)
        return with_etag(Response({"items": found}), etag)


class AttachmentsView(IdempotentCreateMixin, APIView):
    """The files that belong to a to-do."""

    required_scopes = {"POST": ["todos/write"]}

    @extend_schema(
        operation_id="attach_file",
        parameters=[IDEMPOTENCY_KEY],
        request=schemas.AttachSerializer,
        responses={201: schemas.TodoSerializer, **problem_responses(422)},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Attach a file of your own folder. Attaching it twice is attaching it once."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """Ask accounts about the file, outside of any transaction; first whether there is such a to-do."""
        body = read_body(schemas.AttachSerializer, request)
        queries.get_todo(subject=subject_of(request), todo_id=kwargs["todo_id"])
        return commands.check_file(subject=subject_of(request), **body)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Link it."""
        todo, _ = commands.attach_file(subject=subject_of(request), todo_id=kwargs["todo_id"], file=prepared)
        return _answer(todo, status=201)


class AttachmentView(APIView):
    """One file that belongs to a to-do."""

    required_scopes = {"DELETE": ["todos/write"]}

    @extend_schema(operation_id="detach_file", responses={200: schemas.TodoSerializer})
    def delete(self, request: Request, todo_id: UUID, attachment_id: UUID) -> Response:
        """Take a file off a to-do; it stays in the folder."""
        todo = commands.detach_file(subject=subject_of(request), todo_id=todo_id, attachment_id=attachment_id)
        return _answer(todo)


def _answer(todo: Todo, *, status: int = 200) -> Response:
    return with_etag(Response(queries.todo_document(todo), status=status), etag_of_version(todo.version))


def _wanted_of(request: Request) -> tuple[TodoFilter, Order]:
    """The filter and the order that the query asks for.

    Raises:
        InvalidInput: at `?name`.
    """
    if request.query_params.keys().isdisjoint(FILTERS):
        return EVERYTHING, Order.MADE
    query = schemas.TodoFilterSerializer(data=request.query_params.dict())
    try:
        query.is_valid(raise_exception=True)
    except ValidationError as error:
        findings = [
            FieldError(f"?{name}", str(detail.code).replace("_", "-"), str(detail))
            for name, details in query.errors.items()
            for detail in details
        ]
        raise InvalidInput(f"{findings[0].pointer}: {findings[0].detail}", errors=findings) from error
    values = query.validated_data
    wanted = TodoFilter(
        list_id=values.get("list"),
        is_done={"true": True, "false": False}.get(values.get("done", "")),
        due_before=values.get("due_before"),
        due_after=values.get("due_after"),
        tag=values.get("tag"),
        text=values.get("q"),
    )
    return wanted, Order(values.get("sort", Order.MADE))
