"""HTTP of artifacts. No file's bytes pass here: they go straight to the object store."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.auth import subject_of
from chassis.openapi import problem_responses
from updates import commands, queries
from updates.api import bodies
from updates.api import serializers as schemas
from updates.api.publisher_auth import PublishingView
from updates.api.views import READ, WRITE, read_body
from updates.models import Artifact


class ArtifactsView(PublishingView):
    """The files of a release."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="add_artifact",
        request=bodies.ArtifactCreateSerializer,
        responses={201: schemas.ArtifactSerializer, **problem_responses(409)},
    )
    def post(self, request: Request, release_id: UUID) -> Response:
        """Declare a file; then upload it. The same declaration again gives the artifact that is there."""
        body = read_body(bodies.ArtifactCreateSerializer, request)
        made = commands.add_artifact(actor=subject_of(request), release_id=release_id, **body)
        return artifact_answer(made, status=201)


class ReleaseArtifactView(PublishingView):
    """One file of one release."""

    required_scopes = {"DELETE": WRITE}

    @extend_schema(operation_id="remove_artifact", responses={204: None, **problem_responses(409)})
    def delete(self, request: Request, release_id: UUID, artifact_id: UUID) -> Response:
        """Take a file off an open release. If it never was public, its name is free again."""
        commands.remove_artifact(actor=subject_of(request), release_id=release_id, artifact_id=artifact_id)
        return Response(status=204)


class ArtifactView(PublishingView):
    """One file."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="read_artifact", responses={200: schemas.ArtifactSerializer})
    def get(self, request: Request, artifact_id: UUID) -> Response:
        """One file, with what was found when its bytes were verified."""
        return artifact_answer(queries.get_artifact(artifact_id))


class UploadView(PublishingView):
    """The upload of a file."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="begin_upload",
        request=bodies.EmptySerializer,
        responses={200: schemas.ArtifactUploadSerializer, **problem_responses(409)},
    )
    def post(self, request: Request, artifact_id: UUID) -> Response:
        """Begin, or go on: send the parts that `parts` does not list."""
        read_body(bodies.EmptySerializer, request)
        upload = commands.begin_upload(artifact_id=artifact_id)
        return Response(schemas.ArtifactUploadSerializer(upload).data)


class UploadUrlsView(PublishingView):
    """Addresses for parts."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="sign_upload_parts",
        request=bodies.PartNumbersSerializer,
        responses={201: schemas.PartUrlsSerializer, **problem_responses(409)},
    )
    def post(self, request: Request, artifact_id: UUID) -> Response:
        """An address to PUT each part to, good for an hour."""
        urls = commands.sign_upload_parts(
            artifact_id=artifact_id, **read_body(bodies.PartNumbersSerializer, request)
        )
        document = {"urls": {str(number): url for number, url in urls.items()}}
        return Response(document, status=201, headers={"Cache-Control": "no-store"})


class UploadCompletionView(PublishingView):
    """The end of an upload."""

    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="complete_upload",
        request=bodies.EmptySerializer,
        responses={200: schemas.ArtifactSerializer, **problem_responses(409)},
    )
    def post(self, request: Request, artifact_id: UUID) -> Response:
        """Join the parts; then the file is verified. 409 `upload-incomplete` while some are missing."""
        read_body(bodies.EmptySerializer, request)
        return artifact_answer(commands.complete_upload(actor=subject_of(request), artifact_id=artifact_id))


def artifact_answer(artifact: Artifact, *, status: int = 200) -> Response:
    """A file as it is now."""
    return Response(schemas.ArtifactSerializer(artifact).data, status=status)
