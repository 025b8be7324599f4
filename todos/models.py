"""To-do lists, to-dos and what belongs to them; one version counter an account.

Whatever syncs has the account's `version` of its last change and a `deleted_at`: a tombstone stays until
every device can have learnt of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from todos.ranks import RANK_LENGTH_MOST
from todos.recurrence import RULE_LENGTH_MOST

TITLE_LENGTH_MOST = 500
NOTES_LENGTH_MOST = 20_000


class Account(models.Model):
    """A subject's counter: its version is the order of changes, the ETag and the cursor at once."""

    subject = models.CharField(max_length=128, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)
    # The version at which something of each kind last changed: who has seen it need not look there.
    lists_version = models.PositiveBigIntegerField(default=0)
    todos_version = models.PositiveBigIntegerField(default=0)
    completions_version = models.PositiveBigIntegerField(default=0)
    conflicts_version = models.PositiveBigIntegerField(default=0)
    # Tombstones up to here are gone: who has seen less must begin anew.
    pruned_version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.subject} at {self.version}"


class Synced(models.Model):
    """What every row that devices hold a copy of has."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=128, editable=False)
    version = models.PositiveBigIntegerField(editable=False)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class TodoList(Synced):
    """A list of to-dos."""

    title = models.CharField(_("title"), max_length=TITLE_LENGTH_MOST)
    colour = models.CharField(_("colour"), max_length=7, blank=True, help_text=_("As #1f5fa8."))
    rank = models.CharField(_("rank"), max_length=RANK_LENGTH_MOST, editable=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    updated_at = models.DateTimeField()
    # field → [version, device] of its last change; "*" is how it was made.
    clocks = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("to-do list")
        ordering = ["id"]
        indexes = [
            # The lists of a subject, in the order of the API.
            models.Index(
                fields=["subject", "id"], condition=Q(deleted_at=None), name="todos_list_of_subject"
            ),
            # What is newer than a cursor.
            models.Index(fields=["subject", "version", "id"], name="todos_list_changes"),
        ]

    def __str__(self) -> str:
        return self.title


class Todo(Synced):
    """A to-do. `tags` are lines between line breaks, so that one index-free filter serves all databases."""

    todo_list = models.ForeignKey(
        TodoList, null=True, blank=True, on_delete=models.PROTECT, related_name="todos"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children", db_index=False
    )
    title = models.CharField(_("title"), max_length=TITLE_LENGTH_MOST)
    notes = models.TextField(_("notes"), blank=True)
    rank = models.CharField(_("rank"), max_length=RANK_LENGTH_MOST, editable=False)
    due_on = models.DateField(_("due"), null=True, blank=True)
    # The time on a clock of that place, not a moment: the rules of a zone may change before it comes.
    due_time = models.CharField(_("due time"), max_length=5, blank=True, help_text=_("As 09:30."))
    due_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("As Europe/Lisbon."))
    recurrence = models.CharField(_("comes again"), max_length=RULE_LENGTH_MOST, blank=True)
    # The first occurrence that is not done; of what does not come again, the due day.
    next_on = models.DateField(_("next"), null=True, blank=True, editable=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    tags = models.TextField(blank=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    # Most to-dos have none: a page asks for the files of those alone that have some.
    attachment_count = models.PositiveSmallIntegerField(default=0, editable=False)
    updated_at = models.DateTimeField()
    # field → [version, device] of its last change; "*" is how it was made.
    clocks = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("to-do")
        ordering = ["id"]
        indexes = [
            # A page of a subject's to-dos.
            models.Index(
                fields=["subject", "id"], condition=Q(deleted_at=None), name="todos_todo_of_subject"
            ),
            # What is due.
            models.Index(
                fields=["subject", "next_on"],
                condition=Q(deleted_at=None, done_at=None),
                name="todos_todo_due",
            ),
            # What is newer than a cursor.
            models.Index(fields=["subject", "version", "id"], name="todos_todo_changes"),
            # Who belongs to whom.
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="todos_todo_parent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(priority=None) | Q(priority__range=(1, 4)), name="todos_todo_priority_range"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def tag_list(self) -> list[str]:
        """The tags in their order."""
        return split_tags(self.tags)


class Completion(Synced):
    """One occurrence of a to-do that comes again, done."""

    todo = models.ForeignKey(Todo, on_delete=models.CASCADE, related_name="completions", db_index=False)
    occurrence = models.DateField()
    done_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "version", "id"], name="todos_completion_changes")]
        constraints = [models.UniqueConstraint(fields=["todo", "occurrence"], name="todos_completion_once")]

    def __str__(self) -> str:
        return f"{self.todo_id} on {self.occurrence}"


class Conflict(Synced):
    """A value that lost: somebody who had not seen it set another. Deleted when the user has decided."""

    # "list" or "todo"; what it is about may be deleted since, so there is no foreign key.
    target_kind = models.CharField(max_length=8)
    target_id = models.UUIDField()
    field = models.CharField(max_length=32)
    losing = models.JSONField(null=True)
    winning = models.JSONField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "version", "id"], name="todos_conflict_changes")]

    def __str__(self) -> str:
        return f"{self.field} of {self.target_kind} {self.target_id}"


class OperationResult(models.Model):
    """What became of an operation, so that a repeat is told the same and done once."""

    pk = models.CompositePrimaryKey("subject", "operation_id")
    subject = models.CharField(max_length=128)
    operation_id = models.UUIDField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the operation.")
    result = models.JSONField()
    # Old results are pruned by this.
    created_at = models.DateTimeField(db_index=True, help_text="The same for all of a request.")
    device = models.CharField(max_length=64, default="", db_default="", help_text="Which sent it.")

    class Meta:
        indexes = [models.Index(fields=["subject", "device", "created_at"], name="todos_result_of_device")]

    def __str__(self) -> str:
        return f"{self.operation_id} of {self.subject}"


class CalendarFeed(models.Model):
    """The address at which calendar programs read what is due. Only a hash of its secret is kept."""

    subject = models.CharField(max_length=128, primary_key=True)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"feed of {self.subject}"


class Attachment(models.Model):
    """A file of the subject's own folder that belongs to a to-do, as accounts described it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    todo = models.ForeignKey(Todo, on_delete=models.CASCADE, related_name="attachments")
    key = models.CharField(max_length=900)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=127)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["todo", "key"], name="todos_attachment_once")]

    def __str__(self) -> str:
        return self.name


def join_tags(tags: Sequence[str]) -> str:
    """Tags as they are stored: each between line breaks, which no tag contains."""
    return "\n" + "\n".join(tags) + "\n" if tags else ""


def split_tags(stored: str) -> list[str]:
    """The tags of a stored text."""
    return stored.strip("\n").split("\n") if stored else []
