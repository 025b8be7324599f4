"""HTTP of profiles: one's own, and the public ones."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import commands, queries
from accounts.api.serializers import (
    SUBJECT,
    AttachmentCheckSerializer,
    MeSerializer,
    ProfileChangeSerializer,
    PublicProfileSerializer,
    StoredFileSerializer,
)
from accounts.models import Profile
from accounts.userinfo import find_email
from chassis.auth import principal_in, subject_of
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.errors import FieldError, InvalidInput
from chassis.openapi import problem_responses


class MeView(APIView):
    """One's own profile."""

    required_scopes = {"GET": ["accounts/read"], "PATCH": ["accounts/write"]}

    @extend_schema(operation_id="read_me", responses={200: MeSerializer, 304: None})
    def get(self, request: Request) -> Response:
        """Your profile; made at the first visit, with the e-mail address that the sign-in verified."""
        profile = queries.find_profile(subject_of(request))
        if profile is None or (not profile.email and principal_in(request).token):
            profile = self._first_visit(request)
        etag = etag_of_version(profile.version)
        return not_modified(request, etag) or with_etag(Response(MeSerializer(profile).data), etag)

    @extend_schema(
        operation_id="change_me",
        request=ProfileChangeSerializer,
        responses={200: MeSerializer, **problem_responses(412)},
    )
    def patch(self, request: Request) -> Response:
        """Change your name, your text, or whether the profile is public."""
        body = ProfileChangeSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        profile = commands.update_profile(
            subject=subject_of(request), if_versions=if_match_versions(request), changes=body.validated_data
        )
        return with_etag(Response(MeSerializer(profile).data), etag_of_version(profile.version))

    def _first_visit(self, request: Request) -> Profile:
        profile = commands.ensure_profile(subject=subject_of(request))
        if email := find_email(principal_in(request).token):
            profile = commands.keep_email(subject=subject_of(request), email=email)
        return profile


class ProfileView(APIView):
    """A public profile by its id."""

    audience = "anyone"
    authentication_classes: list[type] = []

    @extend_schema(operation_id="read_profile", responses={200: PublicProfileSerializer, 304: None})
    def get(self, request: Request, profile_id: UUID) -> Response:
        """A profile that its owner made public."""
        return _public_answer(request, queries.get_public_profile(profile_id))


class ProfilesView(APIView):
    """A public profile by its subject, for services that know an author by that alone."""

    audience = "anyone"
    authentication_classes: list[type] = []

    @extend_schema(
        operation_id="find_profile",
        parameters=[OpenApiParameter("subject", {"type": "string", "pattern": SUBJECT}, required=True)],
        responses={200: PublicProfileSerializer, 304: None, **problem_responses(404)},
    )
    def get(self, request: Request) -> Response:
        """The public profile of `?subject=`."""
        subject = request.query_params.get("subject", "")
        if not subject:
            detail = "Name the subject."
            raise InvalidInput(detail, errors=[FieldError("?subject", "required", detail)])
        return _public_answer(request, queries.get_public_profile_of(subject))


class AttachmentCheckView(APIView):
    """For the other services: is this file in this user's folder?"""

    audience = "service"
    required_scopes = {"POST": ["accounts/attach"]}

    @extend_schema(
        operation_id="check_attachment",
        request=AttachmentCheckSerializer,
        responses={200: StoredFileSerializer, **problem_responses(404)},
    )
    def post(self, request: Request) -> Response:
        """What the store says of the file; 404 `file-not-found` where it is not there."""
        body = AttachmentCheckSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(StoredFileSerializer(queries.get_file(**body.validated_data)).data)


def _public_answer(request: Request, profile: Profile) -> Response:
    etag = etag_of_version(profile.version)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    response = with_etag(Response(PublicProfileSerializer(profile).data), etag)
    response["Cache-Control"] = "public, max-age=0, s-maxage=60"
    response["Vary"] = "Accept"
    return response
