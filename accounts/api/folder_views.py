"""HTTP of a user's own folder. No file's bytes pass here: they go straight to the object store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import commands, queries
from accounts.api import serializers as schemas
from accounts.folder import key_finding
from chassis.auth import subject_of
from chassis.errors import FieldError, InvalidInput
from chassis.openapi import page_parameters, problem_responses
from chassis.pagination import page_document, read_page
from chassis.serializers import StrictSerializer

FOLDER_SCOPE = ["accounts/folder"]


class FolderView(APIView):
    """The files of one's own folder, a level at a time."""

    required_scopes = {"GET": FOLDER_SCOPE}

    @extend_schema(
        operation_id="list_folder",
        parameters=[
            OpenApiParameter("prefix", str, description="A sub-folder, such as `photos/`."),
            *page_parameters(),
        ],
        responses={200: schemas.FolderPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Files and sub-folders, in the order of their names."""
        prefix = _prefix(request)
        scope = f"folder:{subject_of(request)}:{prefix}"
        page = read_page(request, scope=scope)
        found = queries.list_folder(
            subject=subject_of(request),
            prefix=prefix,
            continuation=page.after[0] if page.after else None,
            limit=page.limit,
        )
        last = [found.continuation] if found.continuation else None
        items = [schemas.StoredFileSerializer(file).data for file in found.files]
        document = page_document(request, items, scope=scope, last=last)
        return Response({**document, "prefixes": found.prefixes})


class UsageView(APIView):
    """How full one's folder is."""

    required_scopes = {"GET": FOLDER_SCOPE}

    @extend_schema(operation_id="read_usage", responses={200: schemas.UsageSerializer})
    def get(self, request: Request) -> Response:
        """Bytes and files, counted within the last minute."""
        profile = commands.recount_folder(subject=subject_of(request))
        return Response(
            {
                "used_bytes": profile.folder_bytes,
                "stored_bytes": profile.folder_stored_bytes,
                "files": profile.folder_files,
                "quota_bytes": settings.ACCOUNTS_FOLDER_QUOTA_BYTES,
                "counted_at": profile.folder_counted_at,
            }
        )


class CredentialsView(APIView):
    """Temporary S3 credentials for one's own folder."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="issue_credentials",
        request=schemas.EmptySerializer,
        responses={201: schemas.CredentialsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask again after `renew_after`; earlier ones stay good until `expires_at`."""
        _read(schemas.EmptySerializer, request)
        credentials = commands.issue_credentials(subject=subject_of(request))
        return Response(asdict(credentials), status=201, headers={"Cache-Control": "no-store"})


class UploadsView(APIView):
    """Upload one file from a browser."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="begin_upload",
        request=schemas.UploadSerializer,
        responses={201: schemas.UploadFormSerializer},
    )
    def post(self, request: Request) -> Response:
        """A form for exactly this key, type and size; the store refuses anything else."""
        form = commands.begin_upload(subject=subject_of(request), **_read(schemas.UploadSerializer, request))
        return Response(asdict(form), status=201, headers={"Cache-Control": "no-store"})


class DownloadsView(APIView):
    """Download one file."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="begin_download",
        request=schemas.KeySerializer,
        responses={201: schemas.DownloadSerializer, **problem_responses(404)},
    )
    def post(self, request: Request) -> Response:
        """An address that is good for a quarter of an hour; always downloads, never shows."""
        url = queries.download_url(subject=subject_of(request), **_read(schemas.KeySerializer, request))
        document = {"url": url, "seconds": queries.DOWNLOAD_SECONDS}
        return Response(document, status=201, headers={"Cache-Control": "no-store"})


class DeletionsView(APIView):
    """Delete files."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(operation_id="delete_files", request=schemas.KeysSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Delete these files; one that is not there is no error."""
        commands.delete_files(subject=subject_of(request), **_read(schemas.KeysSerializer, request))
        return Response(status=204)


class MultipartView(APIView):
    """Uploads in parts: those that are unfinished, and a new one."""

    required_scopes = {"GET": FOLDER_SCOPE, "POST": FOLDER_SCOPE}

    @extend_schema(operation_id="list_uploads", responses={200: schemas.UnfinishedUploadsSerializer})
    def get(self, request: Request) -> Response:
        """Your unfinished uploads, to be resumed or given up. After a week they are thrown away."""
        found = queries.list_uploads(subject=subject_of(request))
        return Response({"items": [asdict(upload) for upload in found]})

    @extend_schema(
        operation_id="begin_multipart",
        request=schemas.UploadSerializer,
        responses={201: schemas.MultipartSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin; then sign, PUT and complete the parts. Keep `upload_id` to resume."""
        upload = commands.begin_multipart(
            subject=subject_of(request), **_read(schemas.UploadSerializer, request)
        )
        return Response(asdict(upload), status=201)


class MultipartUrlsView(APIView):
    """Addresses for parts."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="sign_parts",
        request=schemas.PartNumbersSerializer,
        responses={201: schemas.PartUrlsSerializer, **problem_responses(404)},
    )
    def post(self, request: Request) -> Response:
        """An address for each part, good for an hour."""
        urls = commands.sign_parts(
            subject=subject_of(request), **_read(schemas.PartNumbersSerializer, request)
        )
        document = {"urls": {str(number): url for number, url in urls.items()}}
        return Response(document, status=201, headers={"Cache-Control": "no-store"})


class MultipartPartsView(APIView):
    """What has arrived of an upload."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="list_parts",
        request=schemas.UploadIdSerializer,
        responses={200: schemas.PartsSerializer, **problem_responses(404)},
    )
    def post(self, request: Request) -> Response:
        """The parts that are there, so that only the others are sent again. (POST: ids are long.)"""
        parts = queries.list_parts(subject=subject_of(request), **_read(schemas.UploadIdSerializer, request))
        return Response({"parts": [asdict(part) for part in parts]})


class MultipartCompletionView(APIView):
    """Complete an upload."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(
        operation_id="complete_multipart",
        request=schemas.CompletionSerializer,
        responses={200: schemas.StoredFileSerializer, **problem_responses(404, 409)},
    )
    def post(self, request: Request) -> Response:
        """Join the parts. 409 `upload-incomplete` while some are missing."""
        body = _read(schemas.CompletionSerializer, request)
        stored = commands.complete_multipart(subject=subject_of(request), **body)
        return Response(schemas.StoredFileSerializer(stored).data)


class MultipartAbortView(APIView):
    """Give an upload up."""

    required_scopes = {"POST": FOLDER_SCOPE}

    @extend_schema(operation_id="abort_multipart", request=schemas.UploadIdSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Throw the parts away. Doing it twice is no error."""
        commands.abort_multipart(subject=subject_of(request), **_read(schemas.UploadIdSerializer, request))
        return Response(status=204)


def _read(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _prefix(request: Request) -> str:
    prefix = request.query_params.get("prefix", "")
    if finding := key_finding(prefix, is_prefix=True):
        raise InvalidInput(f"?prefix: {finding}", errors=[FieldError("?prefix", "invalid-key", finding)])
    if prefix and not prefix.endswith("/"):
        detail = "End the name of a sub-folder with a slash."
        raise InvalidInput(f"?prefix: {detail}", errors=[FieldError("?prefix", "invalid-key", detail)])
    return prefix
