"""What a deployed function does with events that are no HTTP requests.

| event | what is done |
|---|---|
| SQS batch | facts go to the services (`chassis/inbox.py`); a wake-up drains the task queue |
| schedule `sweep` | the task queue is drained, whether or not somebody sent a wake-up |
| schedule `prune` | rows that have had their time are deleted (`chassis/housekeeping.py`) |

Anything else raises: Lambda counts it, and whoever invoked it sees it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.db import close_old_connections

from chassis import housekeeping, inbox, tasks, wake_up

log = logging.getLogger(__name__)

# Time left for a task that was begun last, and for the answer. Half of the time where that is less.
MARGIN_SECONDS = 60.0
# A message takes milliseconds: it is read and a task is enqueued.
RECEIVING_MARGIN_SECONDS = 5.0


class UnknownEvent(Exception):
    """An event that this function has no use for."""


class Context(Protocol):
    """Of Lambda's context, what is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda ends this invocation."""


def answer(event: Mapping[str, Any], context: Context) -> Any:
    """Do what the event asks for.

    Raises:
        UnknownEvent: it is none of those above. Its values are not repeated: they may be secret.
    """
    close_old_connections()
    try:
        if event.get("detail-type") == "Scheduled Event":
            return _schedule(event)(context)
        if "Records" in event:
            return take_messages(event["Records"], context)
        raise UnknownEvent(f"An event with the keys {', '.join(sorted(map(str, event))[:20]) or '(none)'}.")
    finally:
        close_old_connections()


def take_messages(records: Any, context: Context) -> dict[str, Any]:
    """Deliver a batch of SQS; SQS keeps those that are named in the answer.

    Raises:
        UnknownEvent: it is not a batch of SQS.
    """
    if not isinstance(records, list) or not records:
        raise UnknownEvent("Records is no list, or empty.")
    messages = [_message(record) for record in records]
    margin = min(RECEIVING_MARGIN_SECONDS, _seconds_left(context) / 2)
    facts = [message for message in messages if message.body != wake_up.BODY]
    again = inbox.receive(facts, out_of_time=lambda: _seconds_left(context) < margin)
    # Not after facts alone: a task that outlives this invocation would have SQS bring them again.
    done = work(context) if len(facts) < len(messages) else 0
    log.info("batch_taken", extra={"messages": len(messages), "again": len(again), "tasks": done})
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


def work(context: Context) -> int:
    """Drain the task queue for as long as this invocation has time; the number of tasks done.

    What is left, or due within SQS's longest delay, gets a wake-up.
    """
    seconds = _seconds_left(context)
    with wake_up.draining():
        done = tasks.drain(seconds=seconds, margin_seconds=min(MARGIN_SECONDS, seconds / 2))
    until_next = tasks.seconds_until_next()
    if until_next is not None:
        wake_up.send(delay_seconds=until_next)
    return done


def sweep(context: Context) -> dict[str, int]:
    """The schedule that finds what a lost wake-up left behind."""
    return {"tasks": work(context)}


def prune(context: Context) -> dict[str, int]:
    """The schedule of housekeeping."""
    return housekeeping.prune()


_SCHEDULES: dict[str, Callable[[Context], dict[str, int]]] = {"sweep": sweep, "prune": prune}


def _schedule(event: Mapping[str, Any]) -> Callable[[Context], dict[str, int]]:
    """The function whose path ends the name of the rule, as Zappa makes it."""
    resources = event.get("resources") or [""]
    function = str(resources[0]).rpartition("-")[2]
    module, _, name = function.rpartition(".")
    if module != __name__ or name not in _SCHEDULES:
        raise UnknownEvent(f"A schedule of {function[:100] or 'nothing'}; known: {', '.join(_SCHEDULES)}.")
    return _SCHEDULES[name]


def _message(record: Any) -> inbox.Message:
    if not isinstance(record, dict) or record.get("eventSource") != "aws:sqs":
        raise UnknownEvent("A record whose eventSource is not aws:sqs.")
    message_id, body = record.get("messageId"), record.get("body")
    if not isinstance(message_id, str) or not isinstance(body, str):
        raise UnknownEvent("A record of SQS without messageId or body.")
    attributes = record.get("attributes")
    received = attributes.get("ApproximateReceiveCount", "1") if isinstance(attributes, dict) else "1"
    return inbox.Message(message_id, body, int(received) if str(received).isdecimal() else 1)


def _seconds_left(context: Context) -> float:
    return context.get_remaining_time_in_millis() / 1000
