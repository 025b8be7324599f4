"""What the blog's API reads, and the shapes of what it writes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from blog.models import (
    BODY_LENGTH_MOST,
    SLUG_LENGTH_MOST,
    SUMMARY_LENGTH_MOST,
    TAG_LENGTH_MOST,
    TAGS_MOST,
    TITLE_LENGTH_MOST,
)
from blog.queries import STATES
from chassis.serializers import StrictSerializer, TextField

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
SUBJECT = r"^[a-z0-9][a-z0-9_-]{0,127}$"


class PostChangeSerializer(StrictSerializer):
    """What may be changed of a draft."""

    title = TextField(max_length=TITLE_LENGTH_MOST)
    slug = serializers.RegexField(
        SLUG,
        max_length=SLUG_LENGTH_MOST,
        required=False,
        error_messages={"invalid": "Small letters a to z, digits, and hyphens between them."},
    )
    summary = TextField(max_length=SUMMARY_LENGTH_MOST, required=False, allow_blank=True, multiline=True)
    body = TextField(
        max_length=BODY_LENGTH_MOST,
        required=False,
        allow_blank=True,
        multiline=True,
        trim_whitespace=False,
        help_text="Markdown (CommonMark with tables and strikethrough). Raw HTML is shown as text.",
    )
    language = serializers.RegexField(
        LANGUAGE,
        max_length=35,
        required=False,
        error_messages={"invalid": "Write the language as en or pt-BR."},
    )
    cover_id = serializers.UUIDField(required=False, allow_null=True, help_text="A photo, for the top.")
    tags = serializers.ListField(
        child=TextField(max_length=TAG_LENGTH_MOST),
        max_length=TAGS_MOST,
        required=False,
        help_text="By name.",
    )
    canonical_url = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Where it was first published, if elsewhere.",
    )


class PostCreateSerializer(PostChangeSerializer):
    """A new draft; `id` may be made by the client (UUIDv7). Without a slug it gets one from the title."""

    id = serializers.UUIDField(required=False)


class EmptySerializer(StrictSerializer):
    """Nothing: an empty object, or no body."""


class AnnouncementSerializer(StrictSerializer):
    """A release that is to be announced."""

    release_id = TextField(max_length=100, help_text="Names the release for ever; it is announced once.")
    title = TextField(max_length=TITLE_LENGTH_MOST)
    summary = TextField(max_length=SUMMARY_LENGTH_MOST, required=False, allow_blank=True, multiline=True)
    body = TextField(max_length=BODY_LENGTH_MOST, required=False, allow_blank=True, multiline=True)
    language = serializers.RegexField(LANGUAGE, max_length=35, required=False)
    author_subject = serializers.RegexField(
        SUBJECT,
        required=False,
        help_text="Who released it. Without one, whoever publishes the post signs it.",
    )


# --- Shapes of answers, for the OpenAPI document ------------------------------------------------


class AuthorSerializer(serializers.Serializer[Any]):
    """Who wrote a post."""

    subject = serializers.CharField()
    name = serializers.CharField(help_text="Of the public profile; empty where there is none.")


class PostSummarySerializer(serializers.Serializer[Any]):
    """A post without its text."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    language = serializers.CharField()
    author = AuthorSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=STATES)
    cover_id = serializers.UUIDField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    canonical_url = serializers.CharField(allow_blank=True)
    release = serializers.CharField(allow_null=True, help_text="The release that it announces.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)


class PostSerializer(PostSummarySerializer):
    """A post as its editors see it: the draft."""

    body = serializers.CharField()


class PostPageSerializer(serializers.Serializer[Any]):
    """A page of posts."""

    items = PostSummarySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class AnnouncedSerializer(serializers.Serializer[Any]):
    """The post that announces a release."""

    post_id = serializers.UUIDField()
    slug = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)


class PublicationSerializer(serializers.Serializer[Any]):
    """A job of the publisher."""

    job_id = serializers.UUIDField()
    state = serializers.CharField(help_text="`waiting`, `running`, `published` or `failed`.")
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    milliseconds = serializers.IntegerField(
        allow_null=True, help_text="From the request until the public address served the new files."
    )
    written = serializers.IntegerField(help_text="Files that changed.")
    removed = serializers.IntegerField(help_text="Files that were taken away.")
    error = serializers.CharField(help_text="Why it failed; empty otherwise.")
