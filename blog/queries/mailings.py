"""How far the mails of a post are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count

from blog.models import Mail, Mailing, MailKind, Subscriber, SubscriberState


def count_subscribers() -> int:
    """How many would get a mail now. One query."""
    return Subscriber.objects.filter(state=SubscriberState.CONFIRMED).count()


def find_mailing(post_id: UUID) -> Mailing | None:
    """The mailing of a post, if anybody has asked for one. One query."""
    return Mailing.objects.filter(post=post_id).first()


def mailing_document(post_id: UUID) -> dict[str, Any]:
    """How far the mailing of a post is, as the API shows it; `none` where there is none. Three queries."""
    mailing = find_mailing(post_id)
    rows = Mail.objects.filter(post=post_id, kind=MailKind.POST).values_list("state")
    counts = dict(rows.annotate(count=Count("id")).order_by("state"))
    return {
        "state": mailing.state if mailing else "none",
        "note": mailing.note if mailing else "",
        "subscribers": count_subscribers(),
        "mails": sum(counts.values()),
        "counts": counts,
        "requested_by": mailing and mailing.requested_by,
        "requested_at": mailing and mailing.requested_at,
        "finished_at": mailing and mailing.finished_at,
    }
