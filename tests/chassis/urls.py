"""Small views on which the chassis's promises are tested, beside the addresses that every process has."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db import OperationalError
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis import errors
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.idempotency import IdempotentCreateMixin
from chassis.pagination import page_document, read_page
from chassis.serializers import StrictSerializer, TextField

READ_AND_WRITE = {"GET": ["todos/read"], "POST": ["todos/write"], "PATCH": ["todos/write"]}


class WhoView(APIView):
    """Tells whom the token speaks for."""

    required_scopes: ClassVar = {"GET": ["todos/read"]}

    def get(self, request: Request) -> Response:
        who: Any = request.user
        return Response(
            {
                "subject": who.subject,
                "client_id": who.client_id,
                "scopes": sorted(who.scopes),
                "groups": sorted(who.groups),
                "is_service": who.is_service,
            }
        )


class ServiceView(WhoView):
    """For services only."""

    audience = "service"
    required_scopes: ClassVar = {"GET": ["accounts/attach"]}


class StaffView(WhoView):
    """For staff only."""

    audience = "staff"
    required_scopes: ClassVar = {"GET": ["blog/write"], "POST": ["blog/write"]}

    def post(self, request: Request) -> Response:
        return self.get(request)


class AnyoneView(APIView):
    """For anyone."""

    audience = "anyone"

    def get(self, request: Request) -> Response:
        return Response({"subject": request.user.subject})  # type: ignore[union-attr]


class ClosedView(APIView):
    """Somebody forgot to say who may."""

    def get(self, request: Request) -> Response:
        return Response({"leaked": True})


class EchoTag(StrictSerializer):
    name = TextField(max_length=10)


class EchoInput(StrictSerializer):
    title = TextField(max_length=50)
    notes = TextField(required=False, multiline=True)
    count = serializers.IntegerField(required=False, min_value=0, max_value=100)
    tags = EchoTag(many=True, required=False)


class EchoView(APIView):
    """Says back what it understood."""

    required_scopes: ClassVar = READ_AND_WRITE

    def post(self, request: Request) -> Response:
        body = EchoInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


class ExampleNotFound(errors.NotFound):
    code = "example-not-found"
    title = "There is no such example."


RAISED: dict[str, Exception] = {
    "invalid-input": errors.InvalidInput(
        errors=[errors.FieldError("/title", "too-long", "Keep it under 500 characters.")]
    ),
    "not-found": errors.NotFound("No such list."),
    "example-not-found": ExampleNotFound(),
    "refused": errors.Refused(),
    "quota-exceeded": errors.QuotaExceeded("The folder is full.", used_bytes=5, quota_bytes=4),
    "conflict": errors.Conflict(),
    "id-taken": errors.IdTaken(),
    "version-mismatch": errors.VersionMismatch(current=4),
    "unprocessable": errors.UnprocessableRequest(),
    "body-too-large": errors.TooLarge(),
    "unavailable": errors.Unavailable(retry_after_seconds=7),
    "database": OperationalError("could not connect to server: secret-host"),
    "bug": ZeroDivisionError("secret detail"),
}


class RaisesView(APIView):
    """Raises what the address names."""

    required_scopes: ClassVar = {"GET": ["todos/read"]}

    def get(self, request: Request, code: str) -> Response:
        raise RAISED[code]


class GroupsView(IdempotentCreateMixin, APIView):
    """Creates a row, and may fail after it."""

    required_scopes: ClassVar = READ_AND_WRITE
    prepared: ClassVar[list[str]] = []

    def prepare(self, request: Request, **kwargs: Any) -> str:
        body: Any = request.data
        self.prepared.append(body["name"])
        return str(body["name"])

    def create(self, request: Request, prepared: str, **kwargs: Any) -> Response:
        group = Group.objects.create(name=prepared)
        if prepared.startswith("refused"):
            raise errors.Conflict
        response = Response({"id": group.pk, "name": prepared}, status=201)
        response["Location"] = f"/api/groups/{group.pk}"
        return with_etag(response, etag_of_version(1))


class ItemsView(APIView):
    """The numbers from 0 to 9, in pages."""

    required_scopes: ClassVar = {"GET": ["todos/read"]}

    def get(self, request: Request) -> Response:
        scope = f"items:{request.user.subject}"  # type: ignore[union-attr]
        page = read_page(request, scope=scope)
        start = 0 if page.after is None else page.after[0] + 1
        numbers = list(range(start, 10))
        shown = numbers[: page.limit]
        last = [shown[-1]] if len(numbers) > page.limit else None
        return Response(page_document(request, shown, scope=scope, last=last))


class VersionView(APIView):
    """Something at version 3."""

    required_scopes: ClassVar = READ_AND_WRITE

    def get(self, request: Request) -> Response:
        etag = etag_of_version(3)
        return not_modified(request, etag) or with_etag(Response({"version": 3}), etag)

    def patch(self, request: Request) -> Response:
        wanted = if_match_versions(request)
        if wanted is not None and 3 not in wanted:
            raise errors.VersionMismatch
        return with_etag(Response({"version": 4}), etag_of_version(4))


urlpatterns = [
    path("", include("config.urls")),
    path("api/test/who", WhoView.as_view()),
    path("api/test/staff", StaffView.as_view()),
    path("api/test/service", ServiceView.as_view()),
    path("api/test/anyone", AnyoneView.as_view()),
    path("api/test/closed", ClosedView.as_view()),
    path("api/test/echo", EchoView.as_view()),
    path("api/test/raises/<str:code>", RaisesView.as_view()),
    path("api/test/groups", GroupsView.as_view()),
    path("api/test/items", ItemsView.as_view()),
    path("api/test/version", VersionView.as_view()),
]

handler400 = "chassis.problems.bad_request"
handler403 = "chassis.problems.permission_denied"
handler404 = "chassis.problems.page_not_found"
handler500 = "chassis.problems.server_error"
