"""Tables that every service has: answers, counts, staff, keys of tasks, refused messages, publishing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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


class PublishJob(models.Model):
    """One wish to publish, from the command that made it to the receipt that the world can read it."""

    class State(models.TextChoices):
        """Where it stands. What failed once and is tried again waits."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        PUBLISHED = "published", _("published")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=64, help_text=_("What is published, as its service registered it."))
    argument = models.CharField(max_length=255, help_text=_("Which one of its kind."))
    scope = models.CharField(max_length=128, help_text=_("Jobs of one scope run one after the other."))
    title = models.CharField(max_length=255)
    requested_by = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    invalidation_round = models.PositiveSmallIntegerField(
        default=0,
        help_text=_("How often the edge had to be told once more, because it went on with old files."),
    )
    error = models.TextField(blank=True, help_text=_("Why it failed, or why it is tried again."))
    errors = models.JSONField(default=list, blank=True, help_text=_("What was refused, field by field."))
    receipt = models.JSONField(default=dict, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-requested_at", "-id")
        indexes = [
            # A running job looks for others that wait for the same.
            models.Index(fields=["scope", "state"], name="publish_job_scope_state"),
            # Done jobs are pruned, and the admin lists them, by time.
            models.Index(fields=["requested_at"], name="publish_job_requested_at"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in (self.State.PUBLISHED, self.State.FAILED)


class PublishedFile(models.Model):
    """What the publisher knows of one key of the public bucket. A removed one stays, with `removed_at`."""

    key = models.CharField(max_length=1024, primary_key=True)
    scope = models.CharField(max_length=128)
    sha256 = models.CharField(max_length=64, blank=True)
    etag = models.CharField(max_length=80, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    content_type = models.CharField(max_length=127, blank=True)
    rule = models.CharField(max_length=16, blank=True)
    job = models.ForeignKey(PublishJob, null=True, on_delete=models.SET_NULL, related_name="files")
    # Cleared before a file is written or removed, and set after: in between the bucket may hold either.
    is_settled = models.BooleanField(default=False)
    # The edge may hold other bytes than the bucket, and has not been told yet.
    is_stale_at_edge = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["scope"], condition=models.Q(is_stale_at_edge=True), name="published_file_stale"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class PublishLease(models.Model):
    """Which worker publishes in a scope, and until when it may without saying so again."""

    scope = models.CharField(max_length=128, primary_key=True)
    holder = models.UUIDField(null=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.scope} until {self.until}"
