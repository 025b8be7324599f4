"""To-do lists, to-dos and their attachments; one version counter an account."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7

TITLE_LENGTH_MOST = 500
NOTES_LENGTH_MOST = 20_000


class Account(models.Model):
    """A subject's counter: its version is the order of changes, the ETag and the cursor at once."""

    subject = models.CharField(max_length=128, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.subject} at {self.version}"


class TodoList(models.Model):
    """A list of to-dos. Deleting leaves a tombstone, so that other devices learn of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=128, editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH_MOST)
    colour = models.CharField(_("colour"), max_length=7, blank=True, help_text=_("As #1f5fa8."))
    version = models.PositiveBigIntegerField(editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("to-do list")
        ordering = ["id"]
        indexes = [
            # The lists of a subject, in the order of the API.
            models.Index(
                fields=["subject", "id"], condition=Q(deleted_at=None), name="todos_list_of_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Todo(models.Model):
    """A to-do. `tags` are lines between line breaks, so that one index-free filter serves all databases."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=128, editable=False)
    todo_list = models.ForeignKey(
        TodoList, null=True, blank=True, on_delete=models.PROTECT, related_name="todos"
    )
    title = models.CharField(_("title"), max_length=TITLE_LENGTH_MOST)
    notes = models.TextField(_("notes"), blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    tags = models.TextField(blank=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    # Most to-dos have none: a page asks for the files of those alone that have some.
    attachment_count = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveBigIntegerField(editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

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
                fields=["subject", "due_on"],
                condition=Q(deleted_at=None, done_at=None),
                name="todos_todo_due",
            ),
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


def join_tags(tags: list[str]) -> str:
    """Tags as they are stored: each between line breaks, which no tag contains."""
    return "\n" + "\n".join(tags) + "\n" if tags else ""


def split_tags(stored: str) -> list[str]:
    """The tags of a stored text."""
    return stored.strip("\n").split("\n") if stored else []
