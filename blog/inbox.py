"""What the outside says to the blog (`chassis/inbox.py`): called in a transaction, so no S3 or mail in it."""

from __future__ import annotations

from blog import commands, tasks
from blog.commands import MailEvent
from chassis.facts import Fact
from chassis.tasks import enqueue_once
from chassis.uploads import find_key


def take_upload(fact: Fact) -> bool:
    """An object has arrived among the uploads. Whether it is a photo, the store is asked in a task."""
    if find_key(fact.key) is None:
        return False
    enqueue_once(tasks.take_arrived_photo, fact.key)
    return True


def take_mail_event(fact: Fact) -> bool:
    """SES says what became of a mail: by the tag that we sent with it, else by its own id."""
    tags = fact.detail.get("mail", {}).get("tags") or {}
    named = tags.get("mail") if isinstance(tags, dict) else None
    tag = str(named[0]) if isinstance(named, list) and named else ""
    event = MailEvent(name=fact.name, tag=tag, message_id=fact.key, detail=fact.detail)
    return commands.settle_mail(event=event)
