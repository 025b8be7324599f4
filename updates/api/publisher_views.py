"""HTTP of trusted publishers: rules for staff, and the exchange of tokens for pipelines."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.openapi import problem_responses
from chassis.rate_limits import RateThrottle
from updates import commands, queries
from updates.api import bodies
from updates.api import serializers as schemas
from updates.api.views import READ, WRITE, is_admin, read_body
from updates.pipeline_tokens import audience

EXCHANGES_PER_MINUTE = 60


class PublishersView(APIView):
    """Whom a product trusts."""

    audience = "staff"
    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(operation_id="list_publishers", responses={200: schemas.PublisherListSerializer})
    def get(self, request: Request, product: str) -> Response:
        """The workflows that may publish a product."""
        found = queries.list_publishers(queries.get_product(product))
        return Response({"items": schemas.PublisherSerializer(found, many=True).data})

    @extend_schema(
        operation_id="trust_publisher",
        request=bodies.PublisherCreateSerializer,
        responses={201: schemas.PublisherSerializer},
    )
    def post(self, request: Request, product: str) -> Response:
        """Let a workflow publish a product. Where a second person approves, admins alone do this."""
        body = read_body(bodies.PublisherCreateSerializer, request)
        made = commands.trust_publisher(
            actor=subject_of(request), product=product, is_admin=is_admin(request), **body
        )
        return Response(schemas.PublisherSerializer(made).data, status=201)


class PublisherView(APIView):
    """One of them."""

    audience = "staff"
    required_scopes = {"DELETE": WRITE}

    @extend_schema(operation_id="distrust_publisher", responses={204: None})
    def delete(self, request: Request, product: str, publisher_id: UUID) -> Response:
        """Trust a workflow no longer; its tokens end at once."""
        commands.distrust_publisher(actor=subject_of(request), product=product, publisher_id=publisher_id)
        return Response(status=204)


class ExchangeThrottle(RateThrottle):
    """Exchanges from one address of the network."""

    policy = "updates-exchange"

    def limit(self) -> int:
        """More than any pipeline needs; a signature is checked for each."""
        return EXCHANGES_PER_MINUTE


class AudienceView(APIView):
    """For whom a pipeline's token must be."""

    audience = "anyone"
    authentication_classes: list[type] = []

    @extend_schema(operation_id="read_audience", responses={200: schemas.AudienceSerializer})
    def get(self, request: Request) -> Response:
        """The audience to ask the pipeline's provider for."""
        return Response({"audience": audience()})


class ExchangeView(APIView):
    """A pipeline's token for one of ours."""

    audience = "anyone"
    authentication_classes: list[type] = []
    throttle_classes = [ExchangeThrottle]

    @extend_schema(
        operation_id="exchange_pipeline_token",
        request=bodies.ExchangeSerializer,
        responses={201: schemas.IssuedTokenSerializer, **problem_responses(403)},
    )
    def post(self, request: Request) -> Response:
        """A token for one product, good for an hour. A pipeline's token is taken once."""
        body = read_body(bodies.ExchangeSerializer, request)
        issued = commands.exchange_pipeline_token(**body)
        return Response(
            schemas.IssuedTokenSerializer(issued).data, status=201, headers={"Cache-Control": "no-store"}
        )
