"""A post goes to its subscribers by mail: once to each, however often a worker dies or a task comes twice.

First everybody who was confirmed when the mailing was asked for gets a row in the account of mails, in the
order of their ids; then the rows are sent, one by one, at the pace that the provider allows. Both are done
in turns of some seconds, and go on where the last one ended: what is done is in rows, not in memory.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from blog import events, queries
from blog.commands.mails import look_after, send_queued
from blog.commands.posts import locked_post
from blog.errors import NeverMailed, NoAddress, PostNotPublic
from blog.mail_texts import Known
from blog.models import Mail, Mailing, MailingState, MailKind, MailState, Post, Subscriber, SubscriberState
from blog.roles import Actor, require_editor
from chassis.models import PublishJob
from chassis.staff import address_of_subject
from chassis.tasks import Retry
from chassis.transactions import transactional

# So that a post that is published meanwhile waits for no more than a moment.
TURN_SECONDS = 10.0
GATHERED_AT_ONCE = 500
LOOKED_AT_ONCE = 50
UNTIL_PUBLISHED = timedelta(seconds=5)


@transactional
def mail_post(*, actor: Actor, post_id: UUID, if_versions: frozenset[int] | None = None) -> Mailing:
    """Have a post mailed to whoever is subscribed now. Asking again goes on with one that was stopped.

    Raises:
        EditorsOnly, PostNotFound, VersionMismatch.
        PostNotPublic: the mail would lead to nothing.
    """
    require_editor(actor)
    post = locked_post(post_id, if_versions)
    if not post.is_public:
        raise PostNotPublic
    mailing, is_new = Mailing.objects.get_or_create(
        post=post, defaults={"requested_by": actor.subject, "requested_at": timezone.now()}
    )
    if mailing.state == MailingState.STOPPED:
        mailing.state, mailing.note = MailingState.RUNNING, ""
        mailing.save(update_fields=["state", "note"])
        is_new = True
    if is_new:
        events.mailing_due.send(sender=Mailing, post_id=post.id)
    return mailing


@transactional
def stop_mailing(*, actor: Actor, post_id: UUID) -> Mailing:
    """Send no further mail of a post. What has gone out cannot be called back.

    Raises:
        EditorsOnly, NeverMailed.
    """
    require_editor(actor)
    mailing = Mailing.objects.select_for_update().filter(post=post_id).first()
    if mailing is None:
        raise NeverMailed
    _stop(mailing, "")
    return mailing


@transactional
def send_test(*, actor: Actor, post_id: UUID) -> Mail:
    """Send the mail of a post to whoever asks for it, as subscribers would get it now.

    Raises:
        EditorsOnly, PostNotFound.
        NoAddress: nobody knows the address of this actor.
    """
    require_editor(actor)
    post = queries.get_post(post_id)
    address = address_of_subject(actor.subject)
    if not address:
        raise NoAddress
    mail = Mail(test_address=address, kind=MailKind.TEST, post=post)
    mail.occasion = str(mail.id)
    mail.save()
    events.mail_queued.send(sender=Mail, mail_id=mail.id)
    return mail


@transactional
def stop_for_take_back(*, post_id: UUID) -> None:
    """Send no further mail of a post that readers have no more."""
    mailing = Mailing.objects.select_for_update().filter(post=post_id).first()
    if mailing is not None:
        _stop(mailing, _("The post is not public any more."))


def run_mailing(*, post_id: UUID) -> None:
    """Send the mails of a post for some seconds; what is left is asked for as another task.

    Raises:
        Retry: the page is not published yet, the provider takes no mail now, or another worker has one.
    """
    until = time.monotonic() + TURN_SECONDS
    mailing = Mailing.objects.select_related("post").filter(post=post_id, state=MailingState.RUNNING).first()
    if mailing is None:
        return
    if not mailing.post.is_public:
        stop_for_take_back(post_id=post_id)
        return
    _require_page(mailing.post)
    if not (_gather_all(mailing.id, until) and _send_all(post_id, until)):
        with transaction.atomic():
            events.mailing_due.send(sender=Mailing, post_id=post_id)
        return
    for mail_id in _mails(post_id).filter(state=MailState.SENDING).values_list("id", flat=True):
        look_after(mail_id)
    _finish(mailing.id)


def _require_page(post: Post) -> None:
    """Readers are sent to a page only when it is there.

    Raises:
        Retry: its job is not done.
    """
    job = queries.find_last_job(post.id)
    if job is not None and job.state != PublishJob.State.PUBLISHED:
        raise Retry(UNTIL_PUBLISHED, "The page of the post is not published yet.")


def _gather_all(mailing_id: UUID, until: float) -> bool:
    """Give every subscriber a row in the account of mails; whether all of them have theirs."""
    while _gather(mailing_id):
        if time.monotonic() > until:
            return False
    return True


@transactional
def _gather(mailing_id: UUID) -> bool:
    """Give the next subscribers their rows; whether there may be more of them."""
    mailing = Mailing.objects.select_for_update().get(id=mailing_id)
    if mailing.gathered_at is not None or mailing.state != MailingState.RUNNING:
        return False
    wanted = Subscriber.objects.filter(
        state=SubscriberState.CONFIRMED, confirmed_at__lte=mailing.requested_at
    ).order_by("id")
    if mailing.reached_id is not None:
        wanted = wanted.filter(id__gt=mailing.reached_id)
    found = list(wanted.values_list("id", flat=True)[:GATHERED_AT_ONCE])
    rows = (
        Mail(subscriber_id=one, kind=MailKind.POST, occasion=str(mailing.post_id), post_id=mailing.post_id)
        for one in found
    )
    Mail.objects.bulk_create(rows, ignore_conflicts=True)
    if found:
        mailing.reached_id = found[-1]
    else:
        mailing.gathered_at = timezone.now()
    mailing.save(update_fields=["reached_id", "gathered_at"])
    return bool(found)


def _send_all(post_id: UUID, until: float) -> bool:
    """Send what waits; whether nothing does any more, and nobody has stopped it."""
    known: Known = {}
    while waiting := list(_waiting(post_id).values_list("id", flat=True)[:LOOKED_AT_ONCE]):
        for mail_id in waiting:
            if time.monotonic() > until:
                return False
            send_queued(mail_id=mail_id, known=known)
        if not Mailing.objects.filter(post=post_id, state=MailingState.RUNNING).exists():
            return False
    return True


def _mails(post_id: UUID) -> QuerySet[Mail]:
    return Mail.objects.filter(post=post_id, kind=MailKind.POST)


def _waiting(post_id: UUID) -> QuerySet[Mail]:
    return _mails(post_id).filter(state=MailState.QUEUED).order_by("id")


@transactional
def _finish(mailing_id: UUID) -> None:
    running = Mailing.objects.filter(id=mailing_id, state=MailingState.RUNNING)
    running.update(state=MailingState.SENT, finished_at=timezone.now())


def _stop(mailing: Mailing, note: str) -> None:
    if mailing.state == MailingState.RUNNING:
        mailing.state, mailing.note = MailingState.STOPPED, note
        mailing.save(update_fields=["state", "note"])
