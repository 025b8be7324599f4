"""HTTP of manifests: the same bytes as the published files, for whoever asks here instead of at the edge."""

from __future__ import annotations

import hashlib

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.conditional import not_modified, with_etag
from chassis.openapi import problem_responses
from chassis.publishing.rules import CacheRule
from chassis.renderers import ORJSONRenderer
from updates import plans
from updates.api import serializers as schemas


class ManifestView(APIView):
    """The manifest of a channel."""

    audience = "anyone"
    authentication_classes: list[type] = []
    renderer_classes = [ORJSONRenderer]

    @extend_schema(
        operation_id="read_manifest",
        responses={200: schemas.ManifestSerializer, 304: None, **problem_responses(404)},
    )
    def get(self, request: Request, product: str, channel: str) -> Response:
        """What clients read at the edge, byte for byte, once the last publish has its receipt."""
        manifest = plans.channel_manifest(product, channel)
        etag = f'"{hashlib.sha256(manifest).hexdigest()[:32]}"'
        answer = not_modified(request, etag) or with_etag(Response(manifest), etag)
        answer["Cache-Control"] = CacheRule.SHARED_ANSWER.origin
        answer["Vary"] = "Accept"
        return answer
