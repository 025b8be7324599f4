"""The same tables, as one would write them at first."""

import uuid

from django.db import models


class TodoList(models.Model):
    """A list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.CharField(max_length=128, db_index=True)
    title = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)


class Todo(models.Model):
    """A to-do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.CharField(max_length=128, db_index=True)
    todo_list = models.ForeignKey(TodoList, null=True, on_delete=models.CASCADE)
    title = models.CharField(max_length=500)
    notes = models.TextField(blank=True)
    due_on = models.DateField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    tags = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class Attachment(models.Model):
    """A file of a to-do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    todo = models.ForeignKey(Todo, on_delete=models.CASCADE, related_name="attachments")
    key = models.CharField(max_length=900)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=127)
