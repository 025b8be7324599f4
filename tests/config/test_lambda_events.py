"""What the function does with events: batches of SQS, schedules, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django_tasks_db.models import DBTaskResult

from chassis import inbox, wake_up
from chassis.models import RefusedMessage
from config import lambda_events
from config.lambda_events import UnknownEvent, answer
from tests.chassis.inbox_samples import queue_record, s3_notification
from tests.chassis.queue_samples import write_down

pytestmark = pytest.mark.django_db(transaction=True)


class Context:
    """A context with a fixed time left."""

    def __init__(self, seconds: float = 300) -> None:
        self.milliseconds = round(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        """Of Lambda's context."""
        return self.milliseconds


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One service that wants uploads."""
    monkeypatch.setattr(inbox, "_registrations", {})
    inbox.register("s3.uploads", handler="tests.chassis.inbox_samples.remember")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays of wake-ups."""
    delays: list[float] = []

    def send(*, delay_seconds: float = 0) -> bool:
        delays.append(delay_seconds)
        return True

    monkeypatch.setattr(wake_up, "send", send)
    return delays


def scheduled(function: str) -> dict[str, Any]:
    return {
        "detail-type": "Scheduled Event",
        "resources": [f"arn:aws:events:us-east-1:123456789012:rule/quartet-staging-{function}"],
    }


def test_a_batch_answers_which_messages_sqs_must_keep() -> None:
    records = [
        queue_record(s3_notification("good"), message_id="m-1"),
        queue_record(s3_notification("broken"), message_id="m-2"),
    ]

    response = answer({"Records": records}, Context())

    assert response == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    assert Group.objects.get().name == "ObjectCreated:Put good"


def test_a_fact_that_comes_before_its_row_is_done_when_it_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows: set[str] = set()
    taken: list[str] = []

    def take(fact: Any) -> bool:
        if fact.key in rows:
            taken.append(f"{fact.name} {fact.key}")
        return fact.key in rows

    monkeypatch.setattr("tests.chassis.inbox_samples.remember", take)
    late = queue_record(s3_notification("early"), message_id="m-1")
    other = queue_record(s3_notification("there"), message_id="m-2")
    rows.add("there")

    first = answer({"Records": [late, other]}, Context())
    rows.add("early")
    second = answer({"Records": [late]}, Context())

    assert first == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert second == {"batchItemFailures": []}
    assert taken == ["ObjectCreated:Put there", "ObjectCreated:Put early"]
    assert not RefusedMessage.objects.exists()


def test_the_good_part_of_a_batch_with_everything_bad_is_done(sent: list[float]) -> None:
    bodies = {
        "no-json": "{",
        "nothing-known": "{}",
        "half-a-record": json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "x", "s3": {}}]}),
        "unknown-source": json.dumps({"Records": [{"eventSource": "aws:dynamodb"}]}),
        "wrong-bucket": s3_notification("a", bucket="somebody-elses"),
        "good": s3_notification("good"),
    }

    response = answer(
        {"Records": [queue_record(body, message_id=name) for name, body in bodies.items()]}, Context()
    )

    assert response == {"batchItemFailures": []}
    assert Group.objects.get().name == "ObjectCreated:Put good"
    kept = RefusedMessage.objects.order_by("message_id").values_list("message_id", flat=True)
    assert list(kept) == sorted(set(bodies) - {"good"})


def test_a_wake_up_does_the_waiting_tasks(tmp_path: Path, sent: list[float]) -> None:
    write_down.enqueue(str(tmp_path), "one")
    write_down.enqueue(str(tmp_path), "two")

    response = answer({"Records": [queue_record(wake_up.BODY)]}, Context())

    assert response == {"batchItemFailures": []}
    assert (tmp_path / "done").read_text() == "one\ntwo\n"
    assert sent == []


def test_no_task_is_begun_in_the_last_part_of_the_time(
    tmp_path: Path, sent: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_down.enqueue(str(tmp_path), "one")

    answer({"Records": [queue_record(wake_up.BODY)]}, Context(seconds=0))

    assert not (tmp_path / "done").exists()
    assert DBTaskResult.objects.ready().count() == 1
    assert sent == [0.0]


def test_a_retry_that_is_due_soon_gets_a_delayed_wake_up(tmp_path: Path, sent: list[float]) -> None:
    from datetime import timedelta

    from chassis.tasks import enqueue_later

    enqueue_later(write_down, timedelta(seconds=90), str(tmp_path), "later")

    answer({"Records": [queue_record(wake_up.BODY)]}, Context())

    assert len(sent) == 1
    assert 80 < sent[0] <= 90


def test_a_batch_of_ten_thousand_stops_in_time_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(seconds=20)
    records = [queue_record(s3_notification(f"{n}"), message_id=f"m-{n}") for n in range(10_000)]

    def slowly(fact: Any) -> bool:
        context.milliseconds -= 100
        return True

    monkeypatch.setattr("tests.chassis.inbox_samples.remember", slowly)

    response = answer({"Records": records}, context)

    again = [failure["itemIdentifier"] for failure in response["batchItemFailures"]]
    assert again[0] == f"m-{10_000 - len(again)}"
    assert 9_840 <= len(again) < 9_860


def test_the_sweep_finds_what_a_lost_wake_up_left(tmp_path: Path) -> None:
    write_down.enqueue(str(tmp_path), "one")

    response = answer(scheduled("config.lambda_events.sweep"), Context())

    assert response == {"tasks": 1}
    assert (tmp_path / "done").read_text() == "one\n"


def test_the_schedule_of_housekeeping_says_what_it_deleted() -> None:
    response = answer(scheduled("config.lambda_events.prune"), Context())

    assert response["sessions"] == 0


UNKNOWN = {
    "nothing": {},
    "a command": {"command": "os.system"},
    "raw Python": {"raw_command": "print(1)"},
    "SNS with a command": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": '{"command": "x"}'}}]},
    "S3 without a queue": json.loads(s3_notification("uploads/x")),
    "another schedule": scheduled("os.abort"),
    "a schedule of another function here": scheduled("config.lambda_events.answer"),
    "a schedule without a rule": {"detail-type": "Scheduled Event"},
    "records that are no list": {"Records": "m-1"},
    "a record without a body": {"Records": [{"eventSource": "aws:sqs", "messageId": "m-1"}]},
}


@pytest.mark.parametrize("event", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_event_is_refused_loudly(event: dict[str, Any]) -> None:
    with pytest.raises(UnknownEvent):
        answer(event, Context())

    assert answer(scheduled("config.lambda_events.sweep"), Context()) == {"tasks": 0}


def test_a_refusal_does_not_repeat_what_came() -> None:
    with pytest.raises(UnknownEvent) as refused:
        answer({"password": "hunter2"}, Context())

    assert str(refused.value) == "An event with the keys password."


def test_the_schedules_of_the_file_are_known() -> None:
    assert set(lambda_events._SCHEDULES) == {"sweep", "prune"}
