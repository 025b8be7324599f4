"""Who reads by mail, and every mail that was ever to be sent to them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from blog.models.posts import Post
from chassis.identifiers import uuid7


class SubscriberState(models.TextChoices):
    """Whether somebody gets mails."""

    PENDING = "pending", _("asked, not confirmed")
    CONFIRMED = "confirmed", _("confirmed")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    # Never written to again: the address bounces, or its owner complained.
    SUPPRESSED = "suppressed", _("suppressed")


class Subscriber(models.Model):
    """An address that asked for mails. Asking again after leaving begins another round."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    address = models.CharField(_("address"), max_length=254, help_text=_("As mail is sent to it."))
    # The address in small letters: mail hosts tell them apart in theory only.
    key = models.CharField(max_length=254, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=16, choices=SubscriberState.choices, default=SubscriberState.PENDING
    )
    # Links are good for their round only.
    round = models.PositiveIntegerField(default=1, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    asked_at = models.DateTimeField(_("asked"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscriber")
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["state", "id"], name="blog_subscriber_state")]

    def __str__(self) -> str:
        return self.address


class MailState(models.TextChoices):
    """How far a mail has come."""

    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    IN_DOUBT = "in-doubt", _("in doubt")
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("complained about")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("not wanted any more")


class MailKind(models.TextChoices):
    """What a mail is about."""

    WELCOME = "welcome", _("welcome")
    POST = "post", _("a post")
    # To an editor, who looks at it before others get it.
    TEST = "test", _("a post, as a test")


class Mail(models.Model):
    """One mail to one subscriber, from the wish to send it to what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subscriber = models.ForeignKey(
        Subscriber,
        verbose_name=_("subscriber"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="mails",
    )
    # Of an editor who gets a test; a subscriber's address is the subscriber's.
    test_address = models.CharField(_("address of the test"), max_length=254, blank=True)
    post = models.ForeignKey(
        Post, verbose_name=_("post"), null=True, blank=True, on_delete=models.CASCADE, related_name="mails"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=MailKind.choices)
    # What it is sent for: nobody gets two mails of one kind for the same.
    occasion = models.CharField(_("occasion"), max_length=64)
    state = models.CharField(_("state"), max_length=16, choices=MailState.choices, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    message_id = models.CharField(_("id at the provider"), max_length=128, blank=True, db_index=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("wanted"), auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    settled_at = models.DateTimeField(_("last news"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "kind", "occasion"], name="blog_mail_once"),
            models.CheckConstraint(
                condition=models.Q(subscriber__isnull=False) ^ ~models.Q(test_address=""),
                name="blog_mail_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="blog_mail_state"),
            # What is left of a mailing, and how far it is.
            models.Index(fields=["post", "kind", "state", "id"], name="blog_mail_of_post"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def address(self) -> str:
        """To whom it goes."""
        return self.subscriber.address if self.subscriber else self.test_address
