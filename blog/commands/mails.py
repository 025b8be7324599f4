"""Sending a mail at most once, and finding out what became of it.

A mail is claimed by writing before it is handed over, and marked after. Between the two it is `sending`;
who dies there, or gets no answer, leaves it in doubt, and in doubt it is never sent again by itself. The
provider's events settle it, in any order and as often as they come, or an editor does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from blog import events
from blog.commands.pace import wait_for_turn
from blog.commands.subscribers import suppress
from blog.errors import PostNotPublic
from blog.mail_texts import Known, compose
from blog.models import Mail, Mailing, MailingState, MailKind, MailState, Post, SubscriberState
from chassis import mail as postbox
from chassis.tasks import Retry
from chassis.transactions import transactional

# Longer than a connection and an answer may take: whoever has had a mail for so long is dead.
CLAIM = timedelta(minutes=2)
RETRY_MOST = timedelta(minutes=15)

# What a state may become by news of the provider, which come in any order: only further to the right.
_ORDER = (
    MailState.QUEUED,
    MailState.SENDING,
    MailState.IN_DOUBT,
    MailState.CANCELLED,
    MailState.SENT,
    MailState.REFUSED,
    MailState.DELIVERED,
    MailState.BOUNCED,
    MailState.COMPLAINED,
)
_STATE_OF_EVENT = {
    "Send": MailState.SENT,
    "Delivery": MailState.DELIVERED,
    "Bounce": MailState.BOUNCED,
    "Complaint": MailState.COMPLAINED,
    "Reject": MailState.REFUSED,
    "Rendering Failure": MailState.REFUSED,
}
# Who gets a mail of this kind.
_WANTED_BY = {
    MailKind.WELCOME: {SubscriberState.PENDING, SubscriberState.CONFIRMED},
    MailKind.POST: {SubscriberState.CONFIRMED},
}
# What a mail about a post says is what is public of it.
_OF_POST = ("post__live_revision__author", "post__author")
# An event that tells no more than that it takes its time.
_NO_NEWS = frozenset({"DeliveryDelay", "Open", "Click", "Subscription"})


@dataclass(frozen=True)
class MailEvent:
    """What the provider says of a mail. `tag` is the id that we sent with it, where there was one."""

    name: str
    tag: str
    message_id: str
    detail: Mapping[str, Any]


def send_mail(*, mail_id: UUID) -> None:
    """Send a queued mail; one that another worker has, or has had, is not sent again.

    Raises:
        Retry: it surely has not gone out; or another worker has it just now, who may die.
    """
    if not send_queued(mail_id=mail_id):
        look_after(mail_id)


def send_queued(*, mail_id: UUID, known: Known | None = None) -> bool:
    """Send a mail if it is queued and still wanted; False when another worker has, or had, it, and when it
    waits for its post to be public. What mails have in common is kept in `known`.

    Raises:
        Retry: it surely has not gone out.
    """
    mail = Mail.objects.select_related("subscriber", *_OF_POST).filter(id=mail_id).first()
    if mail is None or _is_cancelled(mail):
        return True
    # Written before it is claimed: an error in a template leaves it queued, not in doubt.
    outgoing = compose(mail, known=known)
    if outgoing is None:
        return False
    wait_for_turn()
    if not _claim(mail_id):
        return False
    try:
        message_id = postbox.send(outgoing)
    except postbox.NotSent as error:
        _mark(mail_id, MailState.QUEUED, note=str(error))
        raise Retry(_delay(mail.attempts), str(error)) from error
    except postbox.Refused as error:
        _mark(mail_id, MailState.REFUSED, note=str(error))
    except postbox.InDoubt as error:
        _mark(mail_id, MailState.IN_DOUBT, note=str(error))
    else:
        _mark(mail_id, MailState.SENT, message_id=message_id)
    return True


@transactional
def settle_mail(*, event: MailEvent) -> bool:
    """Take in what the provider says of a mail, in any order. Whether it is one of ours."""
    mail = _find(event)
    if mail is None:
        return False
    if event.name in _NO_NEWS:
        return True
    state = _STATE_OF_EVENT.get(event.name)
    if state is None:
        return True
    if _ORDER.index(state) > _ORDER.index(MailState(mail.state)):
        mail.state = state
        mail.note = _note(event)
        mail.settled_at = timezone.now()
        mail.sent_at = mail.sent_at or mail.settled_at
    mail.message_id = mail.message_id or event.message_id[:128]
    mail.save(update_fields=["state", "note", "settled_at", "sent_at", "message_id"])
    if mail.subscriber_id and (reason := _reason_to_suppress(event)):
        suppress(subscriber_id=mail.subscriber_id, reason=reason)
    return True


@transactional
def settle_doubt(*, mail_id: UUID, was_sent: bool) -> bool:
    """An editor says what became of a mail that is in doubt: count it as sent, or send it again.

    Raises:
        PostNotPublic: it would lead to a page that is not there any more.
    """
    mail = Mail.objects.select_for_update().filter(id=mail_id, state=MailState.IN_DOUBT).first()
    if mail is None:
        return False
    if not was_sent and mail.kind == MailKind.POST and not _is_public(mail):
        raise PostNotPublic
    mail.state = MailState.SENT if was_sent else MailState.QUEUED
    mail.settled_at = timezone.now()
    mail.save(update_fields=["state", "settled_at"])
    if not was_sent:
        events.mail_queued.send(sender=Mail, mail_id=mail.id)
    return True


def _claim(mail_id: UUID) -> bool:
    """Take a queued mail; one of a mailing that was stopped, or of a post that is not public, stays."""
    stopped = Mailing.objects.filter(post=OuterRef("post"), state=MailingState.STOPPED)
    public = Post.objects.filter(id=OuterRef("post"), live_revision__isnull=False)
    queued = Mail.objects.filter(id=mail_id, state=MailState.QUEUED)
    queued = queued.filter(~Q(kind=MailKind.POST) | (~Exists(stopped) & Exists(public)))
    return bool(queued.update(state=MailState.SENDING, claimed_at=timezone.now(), attempts=F("attempts") + 1))


def _is_public(mail: Mail) -> bool:
    return Post.objects.filter(mails=mail, live_revision__isnull=False).exists()


def look_after(mail_id: UUID) -> None:
    """A mail that is not queued: done, or in the hands of another worker, alive or dead.

    Raises:
        Retry: that worker may be alive.
    """
    sending = Mail.objects.filter(id=mail_id, state=MailState.SENDING)
    note = "The worker ended before it knew whether the mail went out."
    now = timezone.now()
    if sending.filter(claimed_at__lt=now - CLAIM).update(state=MailState.IN_DOUBT, note=note, settled_at=now):
        return
    if sending.exists():
        raise Retry(CLAIM, "Another worker has this mail.")


def _mark(mail_id: UUID, state: MailState, *, message_id: str = "", note: str = "") -> None:
    """What became of a mail that is ours to send. News of the provider that were quicker stay."""
    now = timezone.now()
    changes: dict[str, Any] = {"state": state, "note": note[:500], "settled_at": now}
    if state == MailState.SENT:
        changes |= {"sent_at": now, "message_id": message_id}
    Mail.objects.filter(Q(state=MailState.SENDING) | Q(state=MailState.IN_DOUBT), id=mail_id).update(
        **changes
    )


def _is_cancelled(mail: Mail) -> bool:
    """Whether it is not wanted any more; one that still waits is taken back."""
    if mail.subscriber is None or mail.subscriber.state in _WANTED_BY[MailKind(mail.kind)]:
        return False
    queued = Mail.objects.filter(id=mail.id, state=MailState.QUEUED)
    return bool(queued.update(state=MailState.CANCELLED, settled_at=timezone.now()))


def _delay(attempts: int) -> timedelta:
    return min(RETRY_MOST, timedelta(seconds=15) * 2 ** min(attempts, 10))


def _find(event: MailEvent) -> Mail | None:
    mails = Mail.objects.select_for_update()
    try:
        return mails.filter(id=UUID(event.tag)).first()
    except ValueError:
        return mails.filter(message_id=event.message_id).first() if event.message_id else None


def _note(event: MailEvent) -> str:
    kind = event.name.lower()
    found = event.detail.get(kind)
    if not isinstance(found, Mapping):
        return ""
    words = [found.get(name) for name in ("bounceType", "bounceSubType", "complaintFeedbackType", "reason")]
    return " ".join(str(word) for word in words if word)[:500]


def _reason_to_suppress(event: MailEvent) -> str:
    """A mailbox that is full today may be empty tomorrow; one that is not there is left alone."""
    if event.name == "Complaint":
        return "complaint"
    bounce = event.detail.get("bounce")
    is_permanent = isinstance(bounce, Mapping) and bounce.get("bounceType") == "Permanent"
    return "bounce" if event.name == "Bounce" and is_permanent else ""
