"""HTTP of products, their channels and their audit: parse, one call, present. For release editors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import ADMINS, principal_in, subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.idempotency import IdempotentCreateMixin
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page
from updates import commands, queries
from updates.api import bodies
from updates.api import serializers as schemas
from updates.models import Product

READ = ["updates/read"]
WRITE = ["updates/write"]


class ProductsView(IdempotentCreateMixin, APIView):
    """All products."""

    audience = "staff"
    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="list_products",
        parameters=page_parameters(),
        responses={200: schemas.ProductPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Products in the order of their short names."""
        page = read_page(request, scope="products")
        after = page.after[0] if page.after else ""
        found = queries.list_products(after=after, limit=page.limit + 1)
        items = list(schemas.ProductSerializer(found[: page.limit], many=True).data)
        last = [found[page.limit - 1].slug] if len(found) > page.limit else None
        return Response(page_document(request, items, scope="products", last=last))

    @extend_schema(
        operation_id="create_product",
        request=bodies.ProductCreateSerializer,
        responses={201: schemas.ProductSerializer},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make a product; it has the channel `stable` from the start."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        return read_body(bodies.ProductCreateSerializer, request)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make it."""
        made = commands.create_product(actor=subject_of(request), **prepared)
        return created(request, product_answer(queries.get_product(made.slug)), made.slug)


class ProductView(APIView):
    """One product."""

    audience = "staff"
    required_scopes = {"GET": READ, "PATCH": WRITE}

    @extend_schema(operation_id="read_product", responses={200: schemas.ProductSerializer, 304: None})
    def get(self, request: Request, product: str) -> Response:
        """One product with its channels."""
        found = queries.get_product(product)
        etag = etag_of_version(found.revision)
        return not_modified(request, etag) or product_answer(found)

    @extend_schema(
        operation_id="change_product",
        request=bodies.ProductChangeSerializer,
        responses={200: schemas.ProductSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request, product: str) -> Response:
        """Change name, summary or policy. The policy of a product with a second person is for admins."""
        changes = read_body(bodies.ProductChangeSerializer, request, partial=True)
        commands.update_product(
            actor=subject_of(request),
            product=product,
            if_revisions=if_match_versions(request),
            changes=changes,
            is_admin=is_admin(request),
        )
        return product_answer(queries.get_product(product))


class ChannelsView(IdempotentCreateMixin, APIView):
    """The channels of a product."""

    audience = "staff"
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="create_channel",
        request=bodies.ChannelCreateSerializer,
        responses={201: schemas.ChannelSerializer},
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Make a channel."""
        return super().post(request, **kwargs)

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """The validated body."""
        return read_body(bodies.ChannelCreateSerializer, request)

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make it."""
        made = commands.create_channel(actor=subject_of(request), product=kwargs["product"], **prepared)
        return Response(schemas.ChannelSerializer(made).data, status=201)


class AuditView(APIView):
    """What was done with a product."""

    audience = "staff"
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_audit",
        parameters=page_parameters(),
        responses={200: schemas.AuditPageSerializer},
    )
    def get(self, request: Request, product: str) -> Response:
        """Every step, the last one first. Each holds the hash of the one before it."""
        scope = f"audit:{product}"
        page = read_page(request, scope=scope)
        before = page.after[0] if page.after else None
        found = queries.list_audit(product=queries.get_product(product), before=before, limit=page.limit + 1)
        return numbered_page(request, schemas.AuditEntrySerializer, found, limit=page.limit, scope=scope)


def is_admin(request: Request) -> bool:
    """Whether whoever asks looks after everything."""
    return ADMINS in principal_in(request).groups


def read_body(serializer: Any, request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The validated body."""
    body = serializer(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def numbered_page(
    request: Request, serializer: Any, found: Sequence[Any], *, limit: int, scope: str
) -> Response:
    """A page of rows that have a `number`, one more of which was read to see whether there is a next."""
    items = serializer(found[:limit], many=True).data
    last = [found[limit - 1].number] if len(found) > limit else None
    return Response(page_document(request, items, scope=scope, last=last))


def product_answer(product: Product) -> Response:
    """A product with its tag."""
    return with_etag(Response(schemas.ProductSerializer(product).data), etag_of_version(product.revision))


def created(request: Request, response: Response, name: str) -> Response:
    """The answer of a POST that made something."""
    response.status_code = 201
    response["Location"] = request.build_absolute_uri(f"{request.path}/{name}")
    return response
