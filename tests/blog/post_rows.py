"""Rows of posts that are public, for tests that are not about publishing."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from blog import commands
from blog.commands.site_files import take_over
from blog.models import Post, Subscriber, SubscriberState
from blog.roles import editor
from chassis.models import PublishJob


def make_public_post(title: str = "Tides", **content: Any) -> Post:
    """A post whose page is at the edge, as far as the rows know; with no task left."""
    post = commands.create_post(
        subject="edith", title=title, author=commands.ensure_author("edith"), **{"body": "Hello.", **content}
    )
    commands.publish_post(actor=editor("edith"), post_id=post.id)
    PublishJob.objects.filter(argument=str(post.id)).update(state=PublishJob.State.PUBLISHED)
    take_over()
    shown = {"shown_revision": F("live_revision"), "shown_at": F("first_published_at")}
    Post.objects.filter(id=post.id).update(**shown)
    DBTaskResult.objects.all().delete()
    post.refresh_from_db()
    return post


def make_subscribers(count: int, state: str = SubscriberState.CONFIRMED) -> list[Subscriber]:
    """`reader-0@example.com` and so on, who asked and confirmed just now."""
    now = timezone.now()
    rows = [
        Subscriber(
            address=f"{state}-{number}@example.com",
            key=f"{state}-{number}@example.com",
            state=state,
            asked_at=now,
            confirmed_at=now,
        )
        for number in range(count)
    ]
    return Subscriber.objects.bulk_create(rows)
