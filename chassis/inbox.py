"""The outside comes in here: facts from queues, to the services that registered for them.

A service says in its app's `ready()` which facts it wants, and by which function:

    inbox.register("s3.uploads", handler="blog.commands.photos.take_arrived_photo", prefix="uploads/")
    inbox.register("ses", handler="blog.commands.mails.settle", names={"Bounce", "Complaint"})

The function is imported at the first fact. It gets a `Fact` (chassis/facts.py), runs in a transaction, and
answers whether the fact was its own: `False` says "nothing of mine is called that", so several services may
register for one prefix. Messages come at least once and in any order, so it must be safe to run again, and
quick: what takes long is a task that it enqueues.

A message that fails goes back to its queue and comes again. One that can never succeed, or still fails at its
`TRIES`-th delivery, is kept as a row (`RefusedMessage`), where the admin shows it with a button to try it
again; then the queue may forget it. Nothing is dropped.

In the cloud `config/lambda_events.py` hands over what SQS brings; on a desk anything may call `deliver`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from traceback import format_exception_only

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from chassis.facts import Fact, Malformed, facts_in
from chassis.logs import log_context
from chassis.models import RefusedMessage

log = logging.getLogger(__name__)

# Deliveries of one message before it is kept as a row. The queue's own limit should be above.
TRIES = 4
BODY_CHARACTERS_MOST = 1024 * 1024

Handler = Callable[[Fact], bool]


class Unclaimed(Exception):
    """No service knows anything by this name: the row is deleted, or not written yet."""


@dataclass(frozen=True)
class Message:
    """One message of a queue: its id there, its text, and how often it was delivered, this time included."""

    id: str
    body: str
    deliveries: int = 1


@dataclass(frozen=True)
class _Registration:
    source: str
    handler: str
    prefix: str
    names: frozenset[str]

    def wants(self, fact: Fact) -> bool:
        named = not self.names or fact.name in self.names
        return self.source == fact.source and named and fact.key.startswith(self.prefix)


_registrations: dict[tuple[str, str, str], _Registration] = {}


def register(source: str, *, handler: str, prefix: str = "", names: Collection[str] = ()) -> None:
    """Have `handler`, the path of a function, called for facts of this source (see `Fact`).

    `prefix` is the beginning of their keys; `names` are the only ones wanted, none means all.
    """
    wanted = _Registration(source, handler, prefix, frozenset(names))
    _registrations[source, handler, prefix] = wanted


def deliver(body: str) -> int:
    """Hand the facts of one message to whoever registered for them; how many there were.

    Raises:
        Malformed: it is no notification, or of something else.
        Unclaimed: nobody wants one of its facts. Those before it are done.
        Exception: whatever a service's function raises; its own changes are undone.
    """
    facts = facts_in(body)
    for fact in facts:
        _hand_over(fact)
    return len(facts)


def receive(messages: Iterable[Message], *, out_of_time: Callable[[], bool] = lambda: False) -> list[str]:
    """Deliver each message on its own; the ids of those that the queue has to bring again.

    What is not begun when the time is up is among them.
    """
    again = []
    for message in messages:
        if out_of_time() or not _is_settled(message):
            again.append(message.id)
    return again


def try_again(row: RefusedMessage) -> bool:
    """Deliver a kept message once more; whether it went well. One that was settled stays so."""
    try:
        with transaction.atomic():
            held = RefusedMessage.objects.select_for_update().get(pk=row.pk)
            if held.settled_at is not None:
                return True
            deliver(held.body)
            held.settled_at = timezone.now()
            held.save(update_fields=["settled_at"])
    except Exception as error:
        log.warning("message_refused_again", extra={"message_id": row.message_id, "error": repr(error)})
        RefusedMessage.objects.filter(pk=row.pk, settled_at=None).update(reason=_reason(error))
        return False
    log.info("message_settled", extra={"message_id": row.message_id})
    return True


def _hand_over(fact: Fact) -> None:
    claimed = False
    for registration in list(_registrations.values()):
        if registration.wants(fact):
            handler: Handler = import_string(registration.handler)
            with transaction.atomic():
                claimed = handler(fact) or claimed
    if not claimed:
        raise Unclaimed(f"No service knows {fact.source} {fact.name} {fact.key[:1024]}.")
    log.info("fact_taken", extra={"source": fact.source, "fact": fact.name, "key": fact.key})


def _is_settled(message: Message) -> bool:
    token = log_context.set({"message_id": message.id})
    try:
        try:
            deliver(message.body)
        except Exception as error:
            if not isinstance(error, Malformed) and message.deliveries < TRIES:
                log.warning("message_failed", extra={"error": repr(error), "deliveries": message.deliveries})
                return False
            _keep(message, error)
        return True
    except Exception as error:  # Not even kept: the database is away. The queue still has it.
        log.exception("message_not_kept", extra={"error": repr(error)})
        return False
    finally:
        log_context.reset(token)


def _keep(message: Message, error: Exception) -> None:
    # A text with a NUL cannot be stored by PostgreSQL, and is no JSON anyway.
    body = message.body[:BODY_CHARACTERS_MOST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    RefusedMessage.objects.update_or_create(
        message_id=message.id[:128],
        defaults={"reason": _reason(error), "deliveries": message.deliveries},
        create_defaults={"body": body, "reason": _reason(error), "deliveries": message.deliveries},
    )
    log.error("message_refused", extra={"error": repr(error), "deliveries": message.deliveries})


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in format_exception_only(error)]
    return " ".join(lines)[:2000].replace("\0", "\N{REPLACEMENT CHARACTER}")
