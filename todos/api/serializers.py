"""What the todos API reads, and the shapes of what it writes."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from chassis.serializers import StrictSerializer, TextField
from todos.models import NOTES_LENGTH_MOST, TITLE_LENGTH_MOST

TAGS_MOST = 20
TAG_LENGTH_MOST = 50
YEAR_LEAST = 1970


class DueDateField(serializers.DateField):
    """A day from 1970 on, as YYYY-MM-DD."""

    default_error_messages = {"out_of_range": f"Use a day from {YEAR_LEAST}-01-01 to 9999-12-31."}

    def to_internal_value(self, value: Any) -> date:
        """The day."""
        if not isinstance(value, str) or len(value) != 10:
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if day.year < YEAR_LEAST:
            self.fail("out_of_range")
        return day


def priority_field(**kwargs: Any) -> serializers.IntegerField:
    """1 (first) to 4 (last)."""
    return serializers.IntegerField(min_value=1, max_value=4, **kwargs)


def tags_field(**kwargs: Any) -> serializers.ListField:
    """Up to 20 tags of up to 50 characters, each once."""
    return serializers.ListField(child=TextField(max_length=TAG_LENGTH_MOST), max_length=TAGS_MOST, **kwargs)


class ListChangeSerializer(StrictSerializer):
    """What may be changed of a list."""

    title = TextField(max_length=TITLE_LENGTH_MOST)
    colour = serializers.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        required=False,
        allow_blank=True,
        error_messages={"invalid": "Write the colour as #1f5fa8."},
    )


class ListCreateSerializer(ListChangeSerializer):
    """A new list; `id` may be made by the client (UUIDv7)."""

    id = serializers.UUIDField(required=False)


class TodoChangeSerializer(StrictSerializer):
    """What may be changed of a to-do."""

    title = TextField(max_length=TITLE_LENGTH_MOST)
    list_id = serializers.UUIDField(required=False, allow_null=True)
    notes = TextField(max_length=NOTES_LENGTH_MOST, required=False, allow_blank=True, multiline=True)
    due_on = DueDateField(required=False, allow_null=True)
    priority = priority_field(required=False, allow_null=True)
    tags = tags_field(required=False)

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Each tag once, in order."""
        return list(dict.fromkeys(tags))


class TodoCreateSerializer(TodoChangeSerializer):
    """A new to-do; `id` may be made by the client (UUIDv7)."""

    id = serializers.UUIDField(required=False)


class AttachSerializer(StrictSerializer):
    """A file of one's own folder, by its key."""

    key = serializers.CharField(max_length=900, trim_whitespace=False)


class EmptySerializer(StrictSerializer):
    """A body without members."""


class TodoFilterSerializer(serializers.Serializer[Any]):
    """The query of a list of to-dos."""

    list = serializers.UUIDField(required=False)
    done = serializers.ChoiceField(choices=["true", "false"], required=False)
    due_before = DueDateField(required=False)
    tag = TextField(max_length=TAG_LENGTH_MOST, required=False)
    q = TextField(max_length=200, required=False)


# --- Shapes of answers, for the OpenAPI document ------------------------------------------------


class ListSerializer(serializers.Serializer[Any]):
    """A list."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    colour = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AttachmentSerializer(serializers.Serializer[Any]):
    """A file of one's own folder that belongs to a to-do."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()


class TodoSerializer(serializers.Serializer[Any]):
    """A to-do."""

    id = serializers.UUIDField()
    list_id = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    notes = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    priority = serializers.IntegerField(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    done_at = serializers.DateTimeField(allow_null=True)
    attachments = AttachmentSerializer(many=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ListPageSerializer(serializers.Serializer[Any]):
    """A page of lists."""

    items = ListSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class TodoPageSerializer(serializers.Serializer[Any]):
    """A page of to-dos."""

    items = TodoSerializer(many=True)
    next = serializers.CharField(allow_null=True)
