"""HTTP of what leaves as a file and comes back as one: calendar, export, import."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.compression import compressed
from chassis.conditional import PRIVATE_REVALIDATED, etag_of_version, not_modified
from chassis.problems import operation_problem
from todos import commands, queries
from todos.api import sync_serializers as schemas
from todos.api.views import read_body
from todos.calendars import calendar_file
from todos.exports import csv_file, everything


class CalendarView(APIView):
    """The secret address of a calendar feed."""

    required_scopes = {"POST": ["todos/write"], "DELETE": ["todos/write"]}

    @extend_schema(operation_id="renew_calendar", request=None, responses={201: schemas.CalendarSerializer})
    def post(self, request: Request) -> Response:
        """Make a new address; the one before it opens nothing any more. It is told this once."""
        secret = commands.renew_calendar(subject=subject_of(request))
        address = request.build_absolute_uri(f"{request.path}/{secret}.ics")
        return Response({"url": address}, status=201)

    @extend_schema(operation_id="close_calendar", responses={204: None})
    def delete(self, request: Request) -> Response:
        """No feed any more."""
        commands.close_calendar(subject=subject_of(request))
        return Response(status=204)


class CalendarFileView(APIView):
    """The feed itself: whoever knows the address may read it, as calendar programs cannot sign in."""

    audience = "anyone"
    authentication_classes: list[Any] = []

    @extend_schema(
        operation_id="read_calendar", responses={(200, "text/calendar"): OpenApiTypes.STR, 304: None}
    )
    def get(self, request: Request, secret: str) -> HttpResponse | Response:
        """What is open and due, as events."""
        # Whoever reads the log is not to read the calendar.
        request._request.logged_path = request.path.replace(secret, "-")  # type: ignore[attr-defined]
        subject = queries.subject_of_calendar(secret)
        etag = etag_of_version(queries.read_version(subject))
        if (unchanged := not_modified(request, etag)) is not None:
            return unchanged
        body = calendar_file(queries.list_due(subject=subject))
        headers = {"ETag": etag, "Cache-Control": PRIVATE_REVALIDATED}
        return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)


class ExportView(APIView):
    """Everything, to take away."""

    required_scopes = {"GET": ["todos/read"]}

    @extend_schema(operation_id="export_json", responses={200: schemas.ExportSerializer})
    def get(self, request: Request) -> Response:
        """JSON that `POST /import` reads again."""
        account = queries.read_account(subject_of(request))
        document = {"format": 1, "version": account.version, **everything(account)}
        headers = {"Content-Disposition": 'attachment; filename="todos.json"'}
        return compressed(Response(document, headers=headers))


class ExportTableView(APIView):
    """The to-dos, for a spreadsheet."""

    required_scopes = {"GET": ["todos/read"]}

    @extend_schema(operation_id="export_csv", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """CSV. A cell that a spreadsheet would run begins with an apostrophe."""
        account = queries.read_account(subject_of(request))
        headers = {"Content-Disposition": 'attachment; filename="todos.csv"'}
        return HttpResponse(
            csv_file(everything(account)), content_type="text/csv; charset=utf-8", headers=headers
        )


class ImportView(APIView):
    """An export, taken in again."""

    required_scopes = {"POST": ["todos/write"]}

    @extend_schema(
        operation_id="import_json",
        request=schemas.ImportSerializer,
        responses={200: schemas.ImportedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make what is not there yet; what is there stays as it is. At most 10 000 rows and 4 MiB at once."""
        rows = read_body(schemas.ImportSerializer, request)
        return Response(
            commands.import_rows(
                subject=subject_of(request),
                rows={kind: rows.get(kind, []) for kind in ("lists", "todos", "completions")},
                describe=operation_problem,
            )
        )
