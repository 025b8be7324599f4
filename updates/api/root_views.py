"""HTTP of TUF's root: prepared here, signed by its holders on their own machines, taken in here."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.openapi import problem_responses
from updates import commands
from updates.api import bodies
from updates.api import serializers as schemas
from updates.api.views import WRITE, is_admin, read_body


class RootPreparationView(APIView):
    """The next root of a product."""

    audience = "staff"
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="prepare_root",
        request=bodies.RootPreparationSerializer,
        responses={200: schemas.RootSerializer, **problem_responses(409)},
    )
    def post(self, request: Request, product: str) -> Response:
        """The next root, without signatures. Nothing of it is kept; missing key files are made."""
        body = read_body(bodies.RootPreparationSerializer, request)
        root = commands.prepare_root(
            actor=subject_of(request),
            product=product,
            root_keys=body.get("keys", []),
            threshold=body.get("threshold"),
        )
        return Response({"root": root})


class RootView(APIView):
    """The root of a product."""

    audience = "staff"
    required_scopes = {"PUT": WRITE}

    @extend_schema(
        operation_id="take_root",
        request=bodies.RootSerializer,
        responses={200: schemas.RootVersionSerializer, **problem_responses(409)},
    )
    def put(self, request: Request, product: str) -> Response:
        """Take in a root that enough of its holders have signed. The same again changes nothing.

        The first one of a product whose releases a second person approves is an admin's to take in.
        """
        body = read_body(bodies.RootSerializer, request)
        version = commands.take_root(
            actor=subject_of(request), product=product, body=body["root"], is_admin=is_admin(request)
        )
        return Response({"version": version})
