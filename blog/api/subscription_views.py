"""HTTP of subscribing: for anybody, and it tells nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands
from blog.addresses import ADDRESS_LENGTH_MOST
from blog.commands.subscribers import RATE_POLICY
from chassis.openapi import problem_responses
from chassis.rate_limits import RateThrottle
from chassis.serializers import StrictSerializer

# Longer than an address can be, so that the finding about its length is the address's own.
INPUT_LENGTH_MOST = 4 * ADDRESS_LENGTH_MOST


class SubscriptionThrottle(RateThrottle):
    """Subscriptions from one address of the network, by the page and by the API together."""

    policy = RATE_POLICY

    def limit(self) -> int:
        """From BLOG_SUBSCRIPTIONS_PER_MINUTE."""
        return settings.BLOG_SUBSCRIPTIONS_PER_MINUTE


class SubscriptionSerializer(StrictSerializer):
    """Who wants mails."""

    email = serializers.CharField(max_length=INPUT_LENGTH_MOST, trim_whitespace=False)
    website = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="Leave it out: only robots fill it in."
    )


class AcceptedSerializer(serializers.Serializer[Any]):
    """The same answer for every address."""

    detail = serializers.CharField()


class SubscriptionsView(APIView):
    """Subscribing to new posts."""

    audience = "anyone"
    authentication_classes: list[type] = []
    throttle_classes = [SubscriptionThrottle]

    @extend_schema(
        operation_id="subscribe",
        request=SubscriptionSerializer,
        responses={202: AcceptedSerializer, **problem_responses(429)},
    )
    def post(self, request: Request) -> Response:
        """Ask for mails to an address. The answer is the same whether it is known or not."""
        body = SubscriptionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if not body.validated_data.get("website"):
            commands.subscribe(email=body.validated_data["email"])
        detail = "If this address can get mails of us, one is on its way that asks to confirm."
        return Response({"detail": detail}, status=202, headers={"Cache-Control": "no-store"})
