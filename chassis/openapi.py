"""OpenAPI 3.1 of each service: scopes, problem documents and headers that every address shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter

from chassis.auth import required_scopes_of
from chassis.idempotency import IdempotentCreateMixin
from chassis.serializers import StrictSerializer

PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "code", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
STATUS_TEXTS = {
    "400": "The input is not valid.",
    "401": "No token, or one that is not accepted.",
    "403": "The token does not allow this.",
    "404": "There is nothing here.",
    "405": "The method is not allowed here.",
    "406": "No accepted media type can be produced.",
    "409": "It contradicts what is there.",
    "410": "What you hold is too old to go on from.",
    "412": "It has changed since it was read.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The request cannot be carried out as it stands.",
    "429": "Too many requests.",
    "503": "A part that this needs does not answer.",
}


def _header(name: str, description: str, **schema: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "schema": {"type": "string", **schema},
        "description": description,
    }


IF_NONE_MATCH = _header("If-None-Match", "The ETag that you have; 304 if it is still true.")
IF_MATCH = _header("If-Match", "The ETag that you read; 412 if it has changed since.", pattern=r"\S")
IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "A new UUID for each new request; the same one gives the first answer again.",
    pattern=r'^"?[!#-\[\]-~]{1,255}"?$',
)


def page_parameters() -> list[OpenApiParameter]:
    """`cursor` and `limit`, for `@extend_schema(parameters=[*page_parameters(), …])`."""
    cursor = {"type": "string", "pattern": r"^[A-Za-z0-9_.:=-]+$"}
    limit = {"type": "integer", "minimum": 1, "maximum": settings.API_PAGE_SIZE_MOST}
    return [
        OpenApiParameter("cursor", cursor, description="From `next` of the page before, unchanged."),
        OpenApiParameter(
            "limit", limit, description=f"Rows of a page; {settings.API_PAGE_SIZE} if not said."
        ),
    ]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the bearer token."""

    target_class = "chassis.auth.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer with a JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class StaffSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Keeps the staff session out of the documents: it is for the browsable API."""

    target_class = "chassis.auth.StaffSessionAuthentication"
    name = "staff_session"

    def get_security_definition(self, auto_schema: Any) -> list[Any]:
        """None."""
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[Any]:
        """None."""
        return []


class Schema(AutoSchema):
    """Adds what is the same for every view: the scopes, and the problems that can come."""

    def get_auth(self) -> list[dict[str, Any]]:
        """The bearer token with the scopes that the view declares; nothing where anyone may read."""
        if getattr(self.view, "audience", "user") == "anyone":
            return []
        scopes = required_scopes_of(self.view, self.method) or frozenset()
        return [{"bearer": sorted(scopes)}]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """The operation, with the shared problem answers filled in."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status in self._shared_statuses():
            operation["responses"].setdefault(
                status,
                {
                    "description": STATUS_TEXTS[status],
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    },
                },
            )
        operation["responses"] = dict(sorted(operation["responses"].items()))
        if headers := self._conditional_headers(operation["responses"]):
            named = {header["name"] for header in headers}
            declared = [known for known in operation.get("parameters", ()) if known["name"] not in named]
            operation["parameters"] = [*declared, *headers]
        return operation

    def _conditional_headers(self, responses: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the answers tell of the headers: 304 of If-None-Match, 412 of If-Match."""
        headers = []
        if "304" in responses:
            headers.append(IF_NONE_MATCH)
        if "412" in responses:
            headers.append(IF_MATCH)
        if self._is_idempotent_create():
            headers.append(IDEMPOTENCY_KEY)
        return headers

    def _is_idempotent_create(self) -> bool:
        return self.method == "POST" and isinstance(self.view, IdempotentCreateMixin)

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(force_instance(serializer), StrictSerializer):  # type: ignore[no-untyped-call]
            schema["additionalProperties"] = False
        return dict(schema)

    def _shared_statuses(self) -> list[str]:
        statuses = ["400", "406", "503"]
        if getattr(self.view, "audience", "user") != "anyone":
            statuses += ["401", "403"]
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            statuses.append("429")
        if self.method in ("POST", "PUT", "PATCH"):
            statuses += ["413", "415"]
        if self._is_idempotent_create():
            statuses.append("422")
        if "{" in self.path:
            statuses.append("404")
        return statuses


def add_problem_component(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Postprocessing hook: put the Problem schema among the components."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM
    return result


def problem_responses(*statuses: int) -> dict[tuple[int, str], dict[str, str]]:
    """For `@extend_schema(responses={200: …, **problem_responses(409, 412)})`."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {(status, "application/problem+json"): dict(reference) for status in statuses}
