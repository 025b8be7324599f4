"""What sync and import read, and the shapes of what they, snapshots and exports write."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chassis.serializers import StrictSerializer, TextField
from todos.api.serializers import (
    CompletionSerializer,
    ConflictSerializer,
    ListSerializer,
    TodoSerializer,
)
from todos.commands.operations import GROUP_LENGTH_MOST, KINDS, VERSION_MOST
from todos.values import ValueRefused, read_uuid


class OperationSerializer(StrictSerializer):
    """What a device wants done, in the sense of `docs/sync.md`."""

    id = serializers.UUIDField(help_text="Made by the client, once for each operation.")
    kind = serializers.CharField(max_length=64, help_text=f"One of {', '.join(KINDS)}.")
    target = serializers.UUIDField(help_text="The list, to-do or conflict.")
    base = serializers.IntegerField(
        min_value=0,
        max_value=VERSION_MOST,
        help_text="The version up to which the device had seen the account.",
    )
    set = serializers.DictField(required=False, help_text="The fields that the kind knows.")
    group = serializers.CharField(
        max_length=GROUP_LENGTH_MOST, required=False, allow_null=True, trim_whitespace=False
    )


class SyncSerializer(StrictSerializer):
    """What a device sends: how far it has come, and what was done on it."""

    cursor = serializers.CharField(required=False, allow_null=True, help_text="From the last answer.")
    device = serializers.RegexField(r"^[A-Za-z0-9_-]{1,64}$", required=False, allow_null=True)
    operations = serializers.ListField(child=OperationSerializer(), max_length=100, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1000, required=False)


IMPORT_ROWS_MOST = 10_000


class _RowIdField(serializers.UUIDField):
    """An id, as a text."""

    def to_internal_value(self, data: Any) -> Any:
        """The id in its one form."""
        try:
            return str(read_uuid(data))
        except ValueRefused as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class _Row(serializers.Serializer[Any]):
    """A row of an export: but for its ids, it is judged when its turn comes."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """All that was sent."""
        judged = super().to_internal_value(data)
        return {**data, **judged}


class ImportListSerializer(_Row):
    """A list."""

    id = _RowIdField()


class ImportTodoSerializer(_Row):
    """A to-do."""

    id = _RowIdField()


class ImportCompletionSerializer(_Row):
    """An occurrence that is done."""

    todo_id = _RowIdField()
    occurrence = TextField(max_length=40)
    done_at = TextField(max_length=40)


class ImportSerializer(serializers.Serializer[Any]):
    """An export, or what somebody made to look like one. Other members are left alone."""

    lists = ImportListSerializer(many=True, required=False)
    todos = ImportTodoSerializer(many=True, required=False)
    completions = ImportCompletionSerializer(many=True, required=False)

    def validate(self, attrs: Any) -> Any:
        """Not too many at once."""
        if sum(len(rows) for rows in attrs.values()) > IMPORT_ROWS_MOST:
            raise serializers.ValidationError(
                f"Send at most {IMPORT_ROWS_MOST} rows at once: lists, then to-dos, then completions.",
                code="too-many",
            )
        return attrs


class TombstoneSerializer(serializers.Serializer[Any]):
    """Something that is there no more."""

    kind = serializers.ChoiceField(choices=["list", "todo", "completion", "conflict"])
    id = serializers.UUIDField()
    version = serializers.IntegerField()


class ChangesSerializer(serializers.Serializer[Any]):
    """Rows as they are now, and what was deleted."""

    lists = ListSerializer(many=True)
    todos = TodoSerializer(many=True)
    completions = CompletionSerializer(many=True)
    conflicts = ConflictSerializer(many=True)
    deleted = TombstoneSerializer(many=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """Why an operation was refused (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors: Any = serializers.ListField(child=serializers.DictField(), required=False)


class ResultSerializer(serializers.Serializer[Any]):
    """What became of an operation."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=["applied", "unchanged", "refused"])
    version = serializers.IntegerField(allow_null=True)
    conflicts = serializers.ListField(child=serializers.UUIDField())
    problem = ProblemSerializer(allow_null=True)


class SyncedSerializer(serializers.Serializer[Any]):
    """What became of the operations, and what the device had not seen."""

    cursor = serializers.CharField()
    version = serializers.IntegerField()
    more = serializers.BooleanField()
    results = ResultSerializer(many=True)
    changes = ChangesSerializer()


class SnapshotPageSerializer(serializers.Serializer[Any]):
    """A page of all that is there."""

    version = serializers.IntegerField()
    cursor = serializers.CharField()
    lists = ListSerializer(many=True)
    todos = TodoSerializer(many=True)
    completions = CompletionSerializer(many=True)
    conflicts = ConflictSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class CalendarSerializer(serializers.Serializer[Any]):
    """The address for a calendar program."""

    url = serializers.CharField()


class ExportSerializer(serializers.Serializer[Any]):
    """Everything of an account."""

    format = serializers.IntegerField()
    version = serializers.IntegerField()
    lists = ListSerializer(many=True)
    todos = TodoSerializer(many=True)
    completions = CompletionSerializer(many=True)
    conflicts = ConflictSerializer(many=True)


class RefusedRowSerializer(serializers.Serializer[Any]):
    """A row that was not taken in."""

    id = serializers.UUIDField()
    problem = ProblemSerializer()


class ImportedSerializer(serializers.Serializer[Any]):
    """What became of the rows."""

    made = serializers.IntegerField()
    there_already = serializers.IntegerField()
    refused = RefusedRowSerializer(many=True)
