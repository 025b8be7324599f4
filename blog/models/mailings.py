"""A post that goes to its subscribers by mail, and the pace at which mails go out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from blog.models.posts import Post
from chassis.identifiers import uuid7


class MailingState(models.TextChoices):
    """How far a mailing has come."""

    RUNNING = "running", _("being sent")
    STOPPED = "stopped", _("stopped")
    SENT = "sent", _("sent")


class Mailing(models.Model):
    """The wish that a post is mailed to all who were subscribed by then. A post is mailed once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.OneToOneField(
        Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="mailing"
    )
    state = models.CharField(
        _("state"), max_length=16, choices=MailingState.choices, default=MailingState.RUNNING
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    requested_by = models.CharField(_("asked for by"), max_length=128)
    requested_at = models.DateTimeField(_("asked for"))
    # Subscribers up to this id have their mail in the account; the last one when all have.
    reached_id = models.UUIDField(null=True, editable=False)
    gathered_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("mailing")
        ordering = ["-requested_at", "-id"]

    def __str__(self) -> str:
        return self.post.title


class MailPace(models.Model):
    """One row: when the next mail may go out, whichever process sends it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.free_at.isoformat()
