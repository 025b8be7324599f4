"""Who may publish: staff, and pipelines with a token for the one product that it was issued for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.views import APIView

from chassis.auth import BearerAuthentication, HasScopes, Principal, StaffSessionAuthentication
from updates import queries
from updates.commands import TOKEN_PREFIX, digest_of


@dataclass(frozen=True)
class Publisher(Principal):
    """A pipeline that a product trusts. It is no staff, so no other address lets it in."""

    product: str = ""


class PublisherAuthentication(BaseAuthentication):
    """`Authorization: Bearer quartet-publish-…`: a token that was exchanged for a pipeline's."""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        """The pipeline; None where the token is another kind of token."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token.startswith(TOKEN_PREFIX):
            return None
        found = queries.find_publisher_of_token(digest_of(token))
        if found is None:
            raise AuthenticationFailed("The token has ended. Exchange a new one.", code="invalid-token")
        publisher = Publisher(
            subject=found.subject, client_id="trusted-publisher", product=found.product.slug
        )
        return publisher, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 9110 §11.6.1)."""
        return 'Bearer realm="quartet"'


class MayPublish(HasScopes):
    """Staff as anywhere, or a pipeline whose product this address is about."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether this principal may use this method of this view."""
        publisher = request.user
        if not isinstance(publisher, Publisher):
            return super().has_permission(request, view)
        self.message = f"The token is for the product {publisher.product} only."
        return _product_of(view.kwargs) == publisher.product


class PublishingView(APIView):
    """An address for staff and for pipelines."""

    audience = "staff"
    authentication_classes = [PublisherAuthentication, BearerAuthentication, StaffSessionAuthentication]
    permission_classes = [MayPublish]


def _product_of(kwargs: dict[str, Any]) -> str | None:
    if "product" in kwargs:
        return str(kwargs["product"])
    return queries.product_slug_of(release_id=kwargs.get("release_id"), artifact_id=kwargs.get("artifact_id"))
