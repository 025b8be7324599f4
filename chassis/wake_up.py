"""The wake-up: an SQS message without content that has a function look at the task queue.

It is sent after the commit of whatever enqueued a task, and never fails a request: a wake-up that is lost
costs a delay, since the sweep finds the task a quarter of an hour later at the latest. On a desk there is
none: the worker looks by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

log = logging.getLogger(__name__)

BODY = "wake-up"
# The longest that SQS delays a message. What is due later is found by a sweep.
DELAY_SECONDS_MOST = 900
_is_draining: ContextVar[bool] = ContextVar("is_draining", default=False)


def send(*, delay_seconds: float = 0) -> bool:
    """Put one into the queue, to arrive after the delay; whether it is there. Logs what goes wrong."""
    if not settings.WORK_QUEUE_URL or delay_seconds > DELAY_SECONDS_MOST:
        return False
    try:
        # A little late rather than a little early, when the task would not be due yet.
        delay = min(DELAY_SECONDS_MOST, int(max(0.0, delay_seconds) + 0.999))
        _client(settings.AWS_REGION).send_message(
            QueueUrl=settings.WORK_QUEUE_URL, MessageBody=BODY, DelaySeconds=delay
        )
    except Exception as error:
        log.warning("wake_up_not_sent", extra={"error": repr(error)})
        return False
    return True


def on_task_enqueued(sender: Any, task_result: Any, **kwargs: Any) -> None:
    """Send one after the commit; one is enough for all tasks of a transaction that are due at once."""
    if not settings.WORK_QUEUE_URL or _is_draining.get():
        return
    run_after = task_result.task.run_after
    delay = 0.0 if run_after is None else (run_after - timezone.now()).total_seconds()
    if delay > 0:
        transaction.on_commit(lambda: send(delay_seconds=delay) and None)
    elif not any(function is _send_now for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_send_now)


@contextmanager
def draining() -> Iterator[None]:
    """Within, what is enqueued needs no wake-up: whoever drains sees it."""
    token = _is_draining.set(True)
    try:
        yield
    finally:
        _is_draining.reset(token)


def _send_now() -> None:
    send()


@lru_cache(maxsize=2)
def _client(region: str) -> Any:
    import boto3
    from botocore.config import Config

    # A request waits for it: rather none than a slow one.
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2})
    return boto3.client("sqs", region_name=region, config=config)
