"""Facts from outside reach the service that wants them; what cannot be dealt with is kept and shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from chassis import inbox
from chassis.facts import Malformed, facts_in
from chassis.inbox import Message
from chassis.models import RefusedMessage
from tests.chassis.inbox_samples import cognito_sign_up, s3_notification, ses_bounce

pytestmark = pytest.mark.django_db
HANDLER = "tests.chassis.inbox_samples.remember"


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One service that wants uploads and bounces."""
    monkeypatch.setattr(inbox, "_registrations", {})
    inbox.register("s3.uploads", handler=HANDLER, prefix="uploads/")
    inbox.register("ses", handler=HANDLER, names={"Bounce"})


def done() -> list[str]:
    return sorted(Group.objects.values_list("name", flat=True))


def test_an_upload_reaches_who_registered_for_its_prefix() -> None:
    again = inbox.receive([Message("m-1", s3_notification("uploads/alice/a+photo%2B1.jpg"))])

    assert again == []
    assert done() == ["ObjectCreated:Put uploads/alice/a photo+1.jpg"]


def test_the_same_message_three_times_is_done_once() -> None:
    body = s3_notification("uploads/alice/one")

    again = inbox.receive([Message("m-1", body, deliveries) for deliveries in (1, 2, 3)])

    assert again == []
    assert done() == ["ObjectCreated:Put uploads/alice/one"]


def test_a_notification_by_way_of_sns_is_unwrapped() -> None:
    envelope = json.dumps({"Type": "Notification", "Message": ses_bounce("0100-x")})

    inbox.receive([Message("m-1", envelope)])

    assert done() == ["Bounce 0100-x"]


def test_a_sign_up_names_the_subject() -> None:
    facts = facts_in(cognito_sign_up("alice-sub"))

    assert [(fact.source, fact.name, fact.key) for fact in facts] == [
        ("cognito", "PostConfirmation_ConfirmSignUp", "alice-sub")
    ]


def test_the_test_event_of_s3_is_nothing() -> None:
    assert inbox.deliver(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})) == 0


def test_the_good_part_of_a_batch_is_done_and_the_bad_part_comes_again() -> None:
    messages = [
        Message("good", s3_notification("uploads/good")),
        Message("bad", s3_notification("uploads/broken")),
        Message("better", s3_notification("uploads/better")),
    ]

    again = inbox.receive(messages)

    assert again == ["bad"]
    assert done() == ["ObjectCreated:Put uploads/better", "ObjectCreated:Put uploads/good"]
    assert not RefusedMessage.objects.exists()


def test_what_always_fails_is_kept_at_its_last_try() -> None:
    message = Message("bad", s3_notification("uploads/broken"), deliveries=inbox.TRIES)

    again = inbox.receive([message])

    kept = RefusedMessage.objects.get()
    assert again == []
    assert kept.message_id == "bad"
    assert kept.reason == "RuntimeError: This one always fails."
    assert kept.body == message.body


def test_a_kept_message_that_comes_again_is_kept_once() -> None:
    body = s3_notification("uploads/broken")

    inbox.receive([Message("bad", body, inbox.TRIES), Message("bad", body, inbox.TRIES + 1)])

    assert RefusedMessage.objects.get().deliveries == inbox.TRIES + 1


def test_a_fact_of_a_deleted_row_comes_again_and_is_then_kept() -> None:
    body = s3_notification("uploads/gone")

    first = inbox.receive([Message("m-1", body)])
    last = inbox.receive([Message("m-1", body, inbox.TRIES)])

    assert (first, last) == (["m-1"], [])
    assert "No service knows s3.uploads ObjectCreated:Put uploads/gone" in RefusedMessage.objects.get().reason


MALFORMED = {
    "no JSON": "{",
    "a list": "[1]",
    "an unknown source": json.dumps({"source": "aws.batch", "detail": {}}),
    "half a record": json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}),
    "no records": json.dumps({"Records": []}),
    "another source of records": json.dumps({"Records": [{"eventSource": "aws:dynamodb"}]}),
    "the wrong bucket": s3_notification("uploads/x", bucket="somebody-elses"),
    "a mail without an id": json.dumps({"eventType": "Bounce", "mail": {}}),
    "a key with NUL": s3_notification("uploads/%00"),
    "deep nesting": "[" * 100_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_message_is_kept_at_once(body: str) -> None:
    with pytest.raises(Malformed):
        facts_in(body)

    again = inbox.receive([Message("m-1", body)])

    assert again == []
    assert RefusedMessage.objects.get().reason.startswith("chassis.facts.Malformed: ")
    assert done() == []


def test_what_the_time_does_not_suffice_for_comes_again() -> None:
    left = iter([False, True, True])
    messages = [Message(f"m-{number}", s3_notification(f"uploads/{number}")) for number in range(3)]

    again = inbox.receive(messages, out_of_time=lambda: next(left))

    assert again == ["m-1", "m-2"]
    assert done() == ["ObjectCreated:Put uploads/0"]


@pytest.fixture
def admin_browser() -> Client:
    """A superuser in the admin."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


def test_the_admin_shows_what_was_refused_and_tries_it_again(
    admin_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.receive([Message("m-1", s3_notification("elsewhere/1"), inbox.TRIES)])
    kept = RefusedMessage.objects.get()
    address = "/admin/chassis/refusedmessage/"
    action = {"action": "try_again", "_selected_action": [str(kept.pk)]}

    shown = admin_browser.get(address)
    admin_browser.post(address, action)
    kept.refresh_from_db()
    in_vain = kept.settled_at
    inbox.register("s3.uploads", handler=HANDLER, prefix="elsewhere/")
    answer = admin_browser.post(address, action, follow=True)

    kept.refresh_from_db()
    assert b"No service knows" in shown.content
    assert in_vain is None
    assert b"1 message is settled." in answer.content
    assert kept.settled_at is not None
    assert done() == ["ObjectCreated:Put elsewhere/1"]


def test_a_settled_message_is_not_delivered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.receive([Message("m-1", s3_notification("elsewhere/1"), inbox.TRIES)])
    kept = RefusedMessage.objects.get()
    inbox.register("s3.uploads", handler=HANDLER, prefix="elsewhere/")
    inbox.try_again(kept)
    Group.objects.all().delete()

    went_well = inbox.try_again(kept)

    assert went_well
    assert done() == []


def test_a_database_that_is_away_leaves_the_message_in_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("The database is away.")

    monkeypatch.setattr(RefusedMessage.objects, "update_or_create", away)

    assert inbox.receive([Message("m-1", "no JSON")]) == ["m-1"]
