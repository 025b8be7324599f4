"""What is to happen to a post at a time that an editor chose."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from blog.models.posts import Post
from chassis.identifiers import uuid7


class ScheduledAction(models.TextChoices):
    """What happens then."""

    PUBLISH = "publish", _("goes public")
    UNPUBLISH = "unpublish", _("is taken back")


class ScheduleState(models.TextChoices):
    """What became of the plan."""

    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Schedule(models.Model):
    """One action at one time. Another time is another row; rows stay, so that one sees who planned what."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="schedules")
    action = models.CharField(_("what"), max_length=16, choices=ScheduledAction.choices)
    due_at = models.DateTimeField(_("when"))
    state = models.CharField(
        _("state"), max_length=16, choices=ScheduleState.choices, default=ScheduleState.WAITING
    )
    # The text that an editor has seen: another's change after it does not go public by the clock.
    revision_number = models.PositiveIntegerField(editable=False)
    requested_by = models.CharField(_("planned by"), max_length=128)
    requested_at = models.DateTimeField(_("planned"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("schedule")
        ordering = ["-due_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "action"],
                condition=models.Q(state=ScheduleState.WAITING),
                name="blog_schedule_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.due_at.isoformat()}"
