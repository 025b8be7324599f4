"""Tables that every service has, beside its own: answers, counts, staff, keys of tasks, refused messages."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from chassis.identifiers import uuid7


class IdempotencyRecord(models.Model):
    """The answer that was given to one Idempotency-Key of one subject."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.CharField(max_length=128)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    # Old answers are pruned by this.
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="idempotency_subject_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.subject}"


class RateCount(models.Model):
    """Requests of one caller under one policy in one window."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64, help_text="SHA-256 of policy and caller: no address is kept.")
    window_start = models.BigIntegerField(db_index=True, help_text="Seconds since 1970.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="rate_key_window")]

    def __str__(self) -> str:
        return f"{self.count} since {self.window_start}"


class StaffIdentity(models.Model):
    """Who a staff member is at the issuer, so that authors have public profiles."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_identity"
    )
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=128)

    class Meta:
        verbose_name_plural = "staff identities"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="staff_issuer_subject")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.issuer}"


class TaskKey(models.Model):
    """The last task enqueued under a key, so that what waits already is not enqueued twice.

    Not a foreign key: done tasks are deleted in bulk, and a key outlives them by a little.
    """

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the task and its key.")
    task_id = models.UUIDField(null=True)
    # Old keys are pruned by this.
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.key} → {self.task_id}"


class RefusedMessage(models.Model):
    """A message from outside that could not be dealt with, kept until somebody has it tried again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message_id = models.CharField(max_length=128, unique=True, help_text="Its id in the queue.")
    body = models.TextField()
    reason = models.TextField(help_text="Why it was refused the last time.")
    deliveries = models.PositiveIntegerField(default=1, help_text="How often the queue had brought it.")
    received_at = models.DateTimeField(auto_now_add=True)
    # Settled ones are pruned by this.
    settled_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.message_id
