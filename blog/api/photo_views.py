"""HTTP of photos, for editors. The bytes go straight to the object store, never through here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands, queries
from blog.api import photo_serializers as schemas
from blog.api.actors import NEWSROOM, actor_of
from blog.models import Photo
from chassis.auth import subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page
from chassis.serializers import StrictSerializer

READ = ["blog/read"]
WRITE = ["blog/write"]


class PhotoUploadsView(APIView):
    """Forms for uploads."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="begin_photo_upload",
        request=schemas.PhotoUploadSerializer,
        responses={201: schemas.UploadFormSerializer},
    )
    def post(self, request: Request) -> Response:
        """A form by which a browser sends this file straight to the object store, within an hour."""
        body = _read(schemas.PhotoUploadSerializer, request)
        form = commands.begin_photo_upload(subject=subject_of(request), **body)
        return Response(asdict(form), status=201, headers={"Cache-Control": "no-store"})


class PhotosView(APIView):
    """All photos."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(
        operation_id="list_photos", parameters=page_parameters(), responses={200: schemas.PhotoPageSerializer}
    )
    def get(self, request: Request) -> Response:
        """Photos, the newest first."""
        page = read_page(request, scope="photos")
        after = UUID(page.after[0]) if page.after else None
        found = queries.list_photos(after=after, limit=page.limit + 1)
        items = list(schemas.PhotoSerializer(found[: page.limit], many=True).data)
        last = [str(found[page.limit - 1].id)] if len(found) > page.limit else None
        return Response(page_document(request, items, scope="photos", last=last))

    @extend_schema(
        operation_id="add_photo",
        request=schemas.PhotoAddSerializer,
        responses={201: schemas.PhotoSerializer, **problem_responses(404)},
    )
    def post(self, request: Request) -> Response:
        """Say that a file has arrived under the key of your form. Saying it twice makes one photo."""
        body = _read(schemas.PhotoAddSerializer, request)
        return _answer(commands.add_photo(subject=subject_of(request), **body), status=201)


class PhotoView(APIView):
    """One photo."""

    audience = "staff"
    staff_groups = NEWSROOM
    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(operation_id="read_photo", responses={200: schemas.PhotoSerializer, 304: None})
    def get(self, request: Request, photo_id: UUID) -> Response:
        """One photo. Ask again with its ETag until it is `ready` or `refused`."""
        photo = queries.get_photo(photo_id)
        return not_modified(request, etag_of_version(photo.version)) or _answer(photo)

    @extend_schema(
        operation_id="change_photo",
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
        request=schemas.PhotoChangeSerializer,
        responses={200: schemas.PhotoSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request, photo_id: UUID) -> Response:
        """Change the alternative text, or the point that stays in view."""
        body = _read(schemas.PhotoChangeSerializer, request)
        point = body.get("focal_point")
        photo = commands.change_photo(
            photo_id=photo_id,
            if_versions=if_match_versions(request),
            alt=body.get("alt"),
            focal_point=(point["x"], point["y"]) if point else None,
            actor=actor_of(request),
        )
        return _answer(photo)

    @extend_schema(operation_id="delete_photo", responses={204: None, **problem_responses(409)})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        """Delete a photo that no post shows. Its files go some days later. Doing it twice is no error."""
        commands.delete_photo(photo_id=photo_id, actor=actor_of(request))
        return Response(status=204)


def _answer(photo: Photo, *, status: int = 200) -> Response:
    document = schemas.PhotoSerializer(photo).data
    return with_etag(Response(document, status=status), etag_of_version(photo.version))


def _read(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
