"""A mail is sent at most once, and what became of it is known or said to be in doubt."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from moto import mock_aws
from moto.ses.models import ses_backends

from blog import commands, tasks
from blog.models import Mail, MailState, Subscriber, SubscriberState
from chassis import inbox
from chassis.tasks import Retry
from tests.blog.ses_server import SesServer

RunTasks = Callable[[], int]


@pytest.fixture
def mail(db: None) -> Mail:
    """The welcome mail of somebody who has just asked for it."""
    commands.subscribe(email="rita@example.com")
    return Mail.objects.get()


def state_of(mail: Mail) -> str:
    mail.refresh_from_db()
    return mail.state


def make_all_due() -> None:
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())


def event(name: str, mail: Mail, *, message_id: str = "ses-1", **detail: Any) -> str:
    """What SES's configuration set puts into the queue."""
    return json.dumps(
        {
            "eventType": name,
            "mail": {"messageId": message_id, "tags": {"mail": [str(mail.id)]}},
            **detail,
        }
    )


BOUNCE = {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}}
FULL = {"bounce": {"bounceType": "Transient", "bounceSubType": "MailboxFull"}}


def test_a_sent_mail_has_the_providers_id(mail: Mail, ses: SesServer, run_tasks: RunTasks) -> None:
    run_tasks()

    assert state_of(mail) == MailState.SENT
    assert mail.message_id == "ses-1"
    assert mail.sent_at is not None


def test_moto_s_ses_takes_the_mail(
    db: None, settings: Any, run_tasks: RunTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chassis import mail as postbox

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.EMAIL_BACKEND = "django_ses.SESBackend"
    settings.SES_CONFIGURATION_SET = "blog"
    postbox._connection.cache_clear()
    with mock_aws():
        boto3.client("sesv2", region_name="us-east-1").create_email_identity(
            EmailIdentity="quartet@example.com"
        )
        commands.subscribe(email="rita@example.com")
        run_tasks()
        sent = ses_backends["123456789012"]["us-east-1"].sent_messages
    postbox._connection.cache_clear()

    assert Mail.objects.get().state == MailState.SENT
    assert len(sent) == 1
    assert "X-SES-CONFIGURATION-SET: blog" in sent[0].raw_data


@pytest.mark.parametrize("trouble", ["throttled", "paused"])
def test_what_ses_does_not_take_now_is_sent_later(
    trouble: str, mail: Mail, ses: SesServer, run_tasks: RunTasks
) -> None:
    ses.behaviours = [trouble] * 3

    states = []
    for _ in range(4):
        make_all_due()
        run_tasks()
        states.append(state_of(mail))

    assert states == ["queued", "queued", "queued", "sent"]
    assert len(ses.mails) == 1
    assert ses.requests == 4


def test_a_mail_waits_while_nobody_can_be_reached(mail: Mail, ses: SesServer, run_tasks: RunTasks) -> None:
    ses.stop()

    run_tasks()

    assert state_of(mail) == MailState.QUEUED
    assert mail.note
    assert DBTaskResult.objects.get().status == "READY"


@pytest.mark.parametrize("trouble", ["silence", "hang up", "broken"])
def test_a_mail_that_may_have_gone_out_is_in_doubt_and_not_sent_again(
    trouble: str, mail: Mail, ses: SesServer, run_tasks: RunTasks
) -> None:
    ses.behaviours = [trouble]

    run_tasks()
    tasks.send_mail.enqueue(str(mail.id))
    run_tasks()

    assert state_of(mail) == MailState.IN_DOUBT
    assert ses.requests == 1


def test_what_ses_refuses_is_not_tried_again(mail: Mail, ses: SesServer, run_tasks: RunTasks) -> None:
    ses.behaviours = ["rejected"]

    run_tasks()
    tasks.send_mail.enqueue(str(mail.id))
    run_tasks()

    assert state_of(mail) == MailState.REFUSED
    assert "rejected" in mail.note
    assert ses.requests == 1


def test_a_task_that_comes_twice_sends_once(mail: Mail, ses: SesServer, run_tasks: RunTasks) -> None:
    tasks.send_mail.enqueue(str(mail.id))

    run_tasks()

    assert len(ses.mails) == 1


def test_a_mail_of_a_worker_that_died_is_in_doubt_after_its_time(mail: Mail, ses: SesServer) -> None:
    Mail.objects.update(state=MailState.SENDING, claimed_at=timezone.now())
    with pytest.raises(Retry):
        commands.send_mail(mail_id=mail.id)
    early = state_of(mail)
    Mail.objects.update(claimed_at=timezone.now() - timedelta(minutes=3))

    commands.send_mail(mail_id=mail.id)

    assert (early, state_of(mail)) == ("sending", "in-doubt")
    assert ses.requests == 0


@pytest.mark.parametrize(
    ("name", "state"),
    [("Send", MailState.SENT), ("Delivery", MailState.DELIVERED), ("Reject", MailState.REFUSED)],
)
def test_an_event_settles_what_was_in_doubt(name: str, state: str, mail: Mail) -> None:
    Mail.objects.update(state=MailState.IN_DOUBT)

    for _ in range(2):
        inbox.deliver(event(name, mail, message_id="ses-7"))

    assert state_of(mail) == state
    assert mail.message_id == "ses-7"


@pytest.mark.parametrize("was_sent", [True, False])
def test_an_editor_settles_what_stays_in_doubt(
    was_sent: bool, mail: Mail, ses: SesServer, run_tasks: RunTasks
) -> None:
    ses.behaviours = ["broken"]
    run_tasks()

    answers = [commands.settle_doubt(mail_id=mail.id, was_sent=was_sent) for _ in range(2)]
    run_tasks()

    assert answers == [True, False]
    assert state_of(mail) == MailState.SENT
    assert len(ses.mails) == (0 if was_sent else 1)


def test_news_may_come_in_any_order(mail: Mail, ses: SesServer, run_tasks: RunTasks) -> None:
    run_tasks()

    for name in ("Complaint", "Delivery", "Send", "DeliveryDelay"):
        inbox.deliver(event(name, mail, complaint={}))

    assert state_of(mail) == MailState.COMPLAINED


def test_news_that_are_quicker_than_the_senders_own_mark_stay(mail: Mail, ses: SesServer) -> None:
    commands.send_mail(mail_id=mail.id)
    inbox.deliver(event("Delivery", mail))

    commands.mails._mark(mail.id, MailState.SENT, message_id="ses-1")

    assert state_of(mail) == MailState.DELIVERED


@pytest.mark.parametrize(
    ("name", "detail", "state"),
    [
        ("Bounce", BOUNCE, SubscriberState.SUPPRESSED),
        ("Bounce", FULL, SubscriberState.CONFIRMED),
        ("Complaint", {"complaint": {"complaintFeedbackType": "abuse"}}, SubscriberState.SUPPRESSED),
        ("Delivery", {}, SubscriberState.CONFIRMED),
    ],
)
def test_bounces_for_good_and_complaints_suppress(
    name: str, detail: dict[str, Any], state: str, mail: Mail
) -> None:
    Subscriber.objects.update(state=SubscriberState.CONFIRMED)

    inbox.deliver(event(name, mail, **detail))

    assert Subscriber.objects.get().state == state


def test_an_event_without_a_tag_is_found_by_the_providers_id(
    mail: Mail, ses: SesServer, run_tasks: RunTasks
) -> None:
    run_tasks()
    untagged = json.dumps({"notificationType": "Bounce", "mail": {"messageId": "ses-1"}, **BOUNCE})

    inbox.deliver(untagged)

    assert state_of(mail) == MailState.BOUNCED


def test_an_event_of_nobodys_mail_is_not_claimed(mail: Mail) -> None:
    mail.id = uuid4()

    with pytest.raises(inbox.Unclaimed):
        inbox.deliver(event("Bounce", mail, message_id="other", **BOUNCE))

    assert Mail.objects.get().state == MailState.QUEUED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_double_clicks_at_the_same_moment_make_one_mail(attempt: int) -> None:
    _at_once([lambda: commands.subscribe(email="rita@example.com")] * 6)

    assert Subscriber.objects.count() == 1
    assert Mail.objects.count() == 1
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_send_one_mail(ses: SesServer) -> None:
    commands.subscribe(email="rita@example.com")
    mail_id = Mail.objects.get().id

    def send() -> None:
        try:
            commands.send_mail(mail_id=mail_id)
        except Retry:
            return

    _at_once([send] * 6)

    assert len(ses.mails) == 1
    assert Mail.objects.get().state == MailState.SENT


def _at_once(calls: list[Callable[[], None]]) -> None:
    """Each in a thread and with a connection of its own, all let loose together."""
    gate = threading.Barrier(len(calls))
    errors: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        try:
            gate.wait(10)
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
