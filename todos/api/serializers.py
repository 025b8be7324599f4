"""What the todos API reads, and the shapes of what it writes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers

from chassis.serializers import StrictSerializer, TextField
from todos.models import NOTES_LENGTH_MOST, TITLE_LENGTH_MOST
from todos.queries import Order
from todos.ranks import RANK_LENGTH_MOST, RANK_PATTERN
from todos.recurrence import RULE_LENGTH_MOST
from todos.values import (
    TAG_LENGTH_MOST,
    TAGS_MOST,
    YEAR_LEAST,
    ZONE_LENGTH_MOST,
    Reader,
    ValueRefused,
    read_recurrence,
    read_uuid,
    read_zone,
)


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


class ValueField(serializers.CharField):
    """A text that has a reader of its own; null is none."""

    def __init__(self, reader: Reader, **kwargs: Any) -> None:
        self.reader = reader
        super().__init__(required=False, allow_null=True, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """What the reader makes of it; of null, an empty text."""
        value = super().run_validation(data)
        try:
            return self.reader(value)
        except ValueRefused as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class RankField(serializers.RegexField):
    """A place in an order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rf"^{RANK_PATTERN.pattern}$", required=False, max_length=RANK_LENGTH_MOST, **kwargs)


def require_id(value: UUID) -> None:
    """Refuse nil as an id, as sync does."""
    try:
        read_uuid(str(value))
    except ValueRefused as error:
        raise serializers.ValidationError(str(error), code=error.code) from error


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
    rank = RankField()
    archived = serializers.BooleanField(required=False)


class ListCreateSerializer(ListChangeSerializer):
    """A new list; `id` may be made by the client (UUIDv7)."""

    id = serializers.UUIDField(required=False, validators=[require_id])


class TodoChangeSerializer(StrictSerializer):
    """What may be changed of a to-do."""

    title = TextField(max_length=TITLE_LENGTH_MOST)
    list_id = serializers.UUIDField(required=False, allow_null=True)
    notes = TextField(max_length=NOTES_LENGTH_MOST, required=False, allow_blank=True, multiline=True)
    parent_id = serializers.UUIDField(required=False, allow_null=True)
    rank = RankField()
    due_on = DueDateField(required=False, allow_null=True)
    due_time = serializers.RegexField(
        r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        required=False,
        allow_null=True,
        help_text="As 09:30; goes with due_on and due_zone.",
    )
    due_zone = ValueField(
        read_zone, max_length=ZONE_LENGTH_MOST, help_text="As Europe/Lisbon; goes with due_time."
    )
    recurrence = ValueField(
        read_recurrence,
        max_length=RULE_LENGTH_MOST,
        allow_blank=True,
        help_text="As FREQ=WEEKLY;BYDAY=MO,TH.",
    )
    priority = priority_field(required=False, allow_null=True)
    tags = tags_field(required=False)

    def validate_tags(self, tags: list[str]) -> list[str]:
        """Each tag once, in order."""
        return list(dict.fromkeys(tags))


class TodoCreateSerializer(TodoChangeSerializer):
    """A new to-do; `id` may be made by the client (UUIDv7)."""

    id = serializers.UUIDField(required=False, validators=[require_id])


class AttachSerializer(StrictSerializer):
    """A file of one's own folder, by its key."""

    key = serializers.CharField(max_length=900, trim_whitespace=False)


class OccurrenceSerializer(StrictSerializer):
    """Which occurrence of what comes again; the one on the due day if not said."""

    occurrence = DueDateField(required=False, allow_null=True)


class TodoFilterSerializer(serializers.Serializer[Any]):
    """The query of a list of to-dos."""

    list = serializers.UUIDField(required=False)
    done = serializers.ChoiceField(choices=["true", "false"], required=False)
    due_before = DueDateField(required=False)
    due_after = DueDateField(required=False)
    sort = serializers.ChoiceField(choices=[order.value for order in Order], required=False)
    tag = TextField(max_length=TAG_LENGTH_MOST, required=False)
    q = TextField(max_length=200, required=False)


# --- Shapes of answers, for the OpenAPI document ------------------------------------------------


class ListSerializer(serializers.Serializer[Any]):
    """A list."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    colour = serializers.CharField()
    rank = serializers.CharField()
    archived = serializers.BooleanField()
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
    parent_id = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    notes = serializers.CharField()
    rank = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    due_time = serializers.CharField(allow_null=True)
    due_zone = serializers.CharField(allow_null=True)
    recurrence = serializers.CharField(allow_null=True)
    next_on = serializers.DateField(allow_null=True)
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


class CompletionSerializer(serializers.Serializer[Any]):
    """An occurrence of a to-do that comes again, done."""

    id = serializers.UUIDField()
    todo_id = serializers.UUIDField()
    occurrence = serializers.DateField()
    done_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class CompletionsSerializer(serializers.Serializer[Any]):
    """The occurrences of a to-do that are done."""

    items = CompletionSerializer(many=True)


class ConflictSerializer(serializers.Serializer[Any]):
    """A value that lost: somebody who had not seen it set another."""

    id = serializers.UUIDField()
    target_kind = serializers.ChoiceField(choices=["list", "todo"])
    target_id = serializers.UUIDField()
    field = serializers.CharField()
    losing = serializers.JSONField()
    winning = serializers.JSONField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ConflictPageSerializer(serializers.Serializer[Any]):
    """A page of conflicts."""

    items = ConflictSerializer(many=True)
    next = serializers.CharField(allow_null=True)
