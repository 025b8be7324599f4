"""Subscribing, confirming, leaving, and being left alone for good."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from blog import events
from blog.addresses import deliverable, key_of
from blog.links import Link
from blog.models import Mail, MailKind, MailState, Subscriber, SubscriberState
from chassis.transactions import transactional

# By which the page and the API count together (`chassis/rate_limits.py`).
RATE_POLICY = "subscriptions"
# Whoever lost the first mail may ask for another, but nobody can have somebody else flooded.
ANOTHER_WELCOME_AFTER = timedelta(days=1)


def subscribe(*, email: str) -> None:
    """Note the wish of an address to get mails; the welcome mail asks whether it is its owner's.

    Nothing tells the caller whether the address was known. Asking twice sends one mail.

    Raises:
        InvalidInput: at `/email`: it is no address.
    """
    address = deliverable(email)
    try:
        _subscribe(address)
    except IntegrityError:
        # Two requests at once: the other one has made the subscriber, and its mail.
        _subscribe(address)


@transactional
def confirm(*, link: Link) -> bool:
    """The owner of the address says yes. Whether it is confirmed now, be it since before."""
    found = Subscriber.objects.select_for_update().filter(id=link.subscriber_id, round=link.round).first()
    if found is None or found.state not in (SubscriberState.PENDING, SubscriberState.CONFIRMED):
        return False
    if found.state == SubscriberState.PENDING:
        found.state = SubscriberState.CONFIRMED
        found.confirmed_at = timezone.now()
        found.save(update_fields=["state", "confirmed_at"])
    return True


@transactional
def unsubscribe(*, link: Link) -> None:
    """The owner of the address leaves. A link of an earlier round works too; twice is no error."""
    found = Subscriber.objects.select_for_update().filter(id=link.subscriber_id).first()
    if found is not None and found.state in (SubscriberState.PENDING, SubscriberState.CONFIRMED):
        _end(found, SubscriberState.UNSUBSCRIBED, "")


@transactional
def suppress(*, subscriber_id: UUID, reason: str) -> None:
    """Never write to this address again, whoever asks for it."""
    found = Subscriber.objects.select_for_update().filter(id=subscriber_id).first()
    if found is not None and found.state != SubscriberState.SUPPRESSED:
        _end(found, SubscriberState.SUPPRESSED, reason)


@transactional
def lift_suppression(*, subscriber_id: UUID) -> bool:
    """Let an address ask again, when its owner says that the reason is gone. Whether it was suppressed."""
    found = Subscriber.objects.select_for_update().filter(id=subscriber_id).first()
    if found is None or found.state != SubscriberState.SUPPRESSED:
        return False
    _end(found, SubscriberState.UNSUBSCRIBED, "")
    return True


@transactional
def forget_subscriber(*, subscriber_id: UUID) -> None:
    """Delete everything that is known of an address."""
    Subscriber.objects.filter(id=subscriber_id).delete()


@transactional
def _subscribe(address: str) -> None:
    now = timezone.now()
    found = Subscriber.objects.select_for_update().filter(key=key_of(address)).first()
    if found is None:
        found = Subscriber.objects.create(address=address, key=key_of(address), asked_at=now)
    elif found.state == SubscriberState.UNSUBSCRIBED:
        found.state = SubscriberState.PENDING
        found.round += 1
        found.address, found.asked_at, found.ended_at = address, now, None
        found.save(update_fields=["state", "round", "address", "asked_at", "ended_at"])
    elif found.state != SubscriberState.PENDING or _was_written_to_lately(found):
        return
    number = found.mails.filter(kind=MailKind.WELCOME).count() + 1
    mail = Mail.objects.create(subscriber=found, kind=MailKind.WELCOME, occasion=str(number))
    events.subscriber_added.send(sender=Subscriber, subscriber_id=found.id, mail_id=mail.id)


def _was_written_to_lately(subscriber: Subscriber) -> bool:
    since = timezone.now() - ANOTHER_WELCOME_AFTER
    return subscriber.mails.filter(kind=MailKind.WELCOME, created_at__gt=since).exists()


def _end(subscriber: Subscriber, state: SubscriberState, reason: str) -> None:
    subscriber.state, subscriber.reason, subscriber.ended_at = state, reason[:200], timezone.now()
    subscriber.save(update_fields=["state", "reason", "ended_at"])
    waiting = subscriber.mails.filter(state=MailState.QUEUED)
    waiting.update(state=MailState.CANCELLED, settled_at=timezone.now())
