"""HTTP of mailing a post to its subscribers, for editors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blog import commands, queries
from blog.api.actors import actor_of
from blog.api.serializers import EmptySerializer
from blog.mail_texts import trial_mail
from blog.models import MailState
from chassis.conditional import if_match_versions
from chassis.openapi import problem_responses

READ = ["blog/read"]
WRITE = ["blog/write"]


class MailingSerializer(serializers.Serializer[Any]):
    """How far the mails of a post are."""

    state = serializers.CharField(help_text="`none`, `running`, `stopped` or `sent`.")
    note = serializers.CharField(help_text="Why it was stopped; empty otherwise.")
    subscribers = serializers.IntegerField(help_text="Who would get it if it were asked for now.")
    mails = serializers.IntegerField(help_text="Mails that were made so far.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"Mails by state: {', '.join(MailState.values)}."
    )
    requested_by = serializers.CharField(allow_null=True)
    requested_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class MailPreviewSerializer(serializers.Serializer[Any]):
    """A mail as subscribers would get it; its links lead to the right pages and change nothing."""

    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()


class TestMailSerializer(serializers.Serializer[Any]):
    """A test that is on its way."""

    mail_id = serializers.UUIDField()
    address = serializers.CharField()


class MailingView(APIView):
    """The mails of a post."""

    audience = "staff"
    required_scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(operation_id="read_mailing", responses={200: MailingSerializer, **problem_responses(404)})
    def get(self, request: Request, post_id: UUID) -> Response:
        """How many would get it, and how far it is when it was asked for."""
        queries.get_post(post_id)
        return Response(queries.mailing_document(post_id))

    @extend_schema(
        operation_id="mail_post",
        request=EmptySerializer,
        responses={202: MailingSerializer, **problem_responses(404, 409, 412)},
    )
    def post(self, request: Request, post_id: UUID) -> Response:
        """Mail the post to everybody who is subscribed now, once. Asking again sends nothing twice, and goes
        on with what was stopped.
        """
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        commands.mail_post(actor=actor_of(request), post_id=post_id, if_versions=if_match_versions(request))
        return Response(queries.mailing_document(post_id), status=202)


class StopMailingView(APIView):
    """Sending no further mail of a post."""

    audience = "staff"
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="stop_mailing",
        request=EmptySerializer,
        responses={200: MailingSerializer, **problem_responses(404)},
    )
    def post(self, request: Request, post_id: UUID) -> Response:
        """Send no further mail of this post. What has gone out cannot be called back."""
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        commands.stop_mailing(actor=actor_of(request), post_id=post_id)
        return Response(queries.mailing_document(post_id))


class MailPreviewView(APIView):
    """A mail before it is sent."""

    audience = "staff"
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="preview_mail", responses={200: MailPreviewSerializer, **problem_responses(404)}
    )
    def get(self, request: Request, post_id: UUID) -> Response:
        """The mail of a post as subscribers would get it now."""
        mail = trial_mail(queries.get_post(post_id))
        return Response({"subject": mail.subject, "text": mail.text, "html": mail.html})


class TestMailView(APIView):
    """A mail to whoever asks for it."""

    audience = "staff"
    required_scopes = {"POST": WRITE}

    @extend_schema(
        operation_id="send_test_mail",
        request=EmptySerializer,
        responses={202: TestMailSerializer, **problem_responses(404, 409)},
    )
    def post(self, request: Request, post_id: UUID) -> Response:
        """Send the mail of a post to your own address, as the provider told it when you signed in."""
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        mail = commands.send_test(actor=actor_of(request), post_id=post_id)
        return Response({"mail_id": str(mail.id), "address": mail.test_address}, status=202)
