"""What the outside says to the blog (`chassis/inbox.py`): called in a transaction, so each only enqueues."""

from __future__ import annotations

from blog import tasks
from chassis.facts import Fact
from chassis.tasks import enqueue_once
from chassis.uploads import find_key


def take_upload(fact: Fact) -> bool:
    """An object has arrived among the uploads. Whether it is a photo, the store is asked in a task."""
    if find_key(fact.key) is None:
        return False
    enqueue_once(tasks.take_arrived_photo, fact.key)
    return True
