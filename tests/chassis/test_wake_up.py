"""A function is woken up after the commit, once, and a wake-up that fails harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.db import transaction
from moto import mock_aws

from chassis import wake_up
from chassis.tasks import enqueue_later
from tests.chassis.queue_samples import write_down

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A queue of SQS (moto), which the settings name."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        wake_up._client.cache_clear()
        made = boto3.resource("sqs", region_name="us-east-1").create_queue(QueueName="work")
        settings.WORK_QUEUE_URL = made.url
        yield made
        wake_up._client.cache_clear()


def bodies(queue: Any) -> list[str]:
    return [message.body for message in queue.receive_messages(MaxNumberOfMessages=10)]


def delayed(queue: Any) -> int:
    queue.load()
    return int(queue.attributes["ApproximateNumberOfMessagesDelayed"])


def test_nothing_is_sent_before_the_commit_and_one_for_all_after(queue: Any, tmp_path: Path) -> None:
    with transaction.atomic():
        write_down.enqueue(str(tmp_path), "one")
        write_down.enqueue(str(tmp_path), "two")
        before = bodies(queue)

    assert before == []
    assert bodies(queue) == ["wake-up"]


def test_a_transaction_that_is_undone_wakes_nobody(queue: Any, tmp_path: Path) -> None:
    with transaction.atomic():
        write_down.enqueue(str(tmp_path), "one")
        transaction.set_rollback(True)

    assert bodies(queue) == []


def test_what_is_for_later_is_woken_up_later(queue: Any, tmp_path: Path) -> None:
    enqueue_later(write_down, timedelta(minutes=5), str(tmp_path), "later")

    assert bodies(queue) == []
    assert delayed(queue) == 1


def test_what_is_beyond_the_longest_delay_is_left_to_the_sweep(queue: Any, tmp_path: Path) -> None:
    enqueue_later(write_down, timedelta(hours=1), str(tmp_path), "much later")

    assert bodies(queue) == []
    assert delayed(queue) == 0


def test_who_drains_the_queue_wakes_nobody(queue: Any, tmp_path: Path) -> None:
    with wake_up.draining():
        write_down.enqueue(str(tmp_path), "one")

    assert bodies(queue) == []


def test_a_queue_that_is_not_there_fails_no_request(queue: Any, settings: Any, tmp_path: Path) -> None:
    settings.WORK_QUEUE_URL = f"{queue.url}-gone"

    write_down.enqueue(str(tmp_path), "one")

    assert wake_up.send() is False


def test_a_desk_sends_nothing(settings: Any, tmp_path: Path) -> None:
    settings.WORK_QUEUE_URL = ""

    write_down.enqueue(str(tmp_path), "one")

    assert wake_up.send() is False
