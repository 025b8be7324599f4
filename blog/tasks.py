"""Background work of the blog. Each task may run twice, and does nothing but call its command."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.tasks import task


@task(attempts=5, lease=timedelta(minutes=5))
def make_renditions(photo_id: str) -> None:
    """Make the public files of a photo. One that has them, or was deleted, is left alone."""
    from blog import commands

    commands.make_renditions(photo_id=UUID(photo_id))


@task(attempts=10, lease=timedelta(minutes=5))
def purge_photo(photo_id: str) -> None:
    """Take the files of a deleted photo away, but those that another photo has as well."""
    from blog import commands

    commands.purge_photo(photo_id=UUID(photo_id))


@task(attempts=5, lease=timedelta(minutes=5))
def renew_renditions(photo_id: str) -> None:
    """Make the files of a photo anew that has some. One that cannot be read any more keeps them."""
    from blog import commands

    commands.renew_renditions(photo_id=UUID(photo_id))


@task(attempts=10, lease=timedelta(minutes=5))
def forget_renditions() -> None:
    """Take the files away in whose place others have been for long enough."""
    from blog import commands

    commands.forget_renditions()


@task(attempts=10, lease=timedelta(minutes=5))
def take_arrived_photo(key: str) -> None:
    """Add the photo that the store says has arrived, unless the browser has said so before."""
    from blog import commands

    commands.take_arrived_photo(key=key)


@task(attempts=8, lease=timedelta(minutes=2))
def read_author_profile(author_id: str) -> None:
    """Read an author's public profile from accounts; when accounts is away, later."""
    from blog import commands

    commands.read_author_profile(author_id=UUID(author_id))


@task(attempts=10, lease=timedelta(minutes=5))
def index_tag(tag_id: str) -> None:
    """Have posts found by the name that a tag has now."""
    from blog import commands

    commands.index_tag(tag_id=UUID(tag_id))


# SES may say for hours that it is too much; whoever waits is not lost, and an editor sees it.
@task(attempts=100, lease=timedelta(minutes=5))
def send_mail(mail_id: str) -> None:
    """Send a mail that is queued, once. What was begun by a worker that died is in doubt."""
    from blog import commands

    commands.send_mail(mail_id=UUID(mail_id))


# Each turn is a task of its own, and begins to count anew.
@task(attempts=100, lease=timedelta(minutes=5))
def run_mailing(post_id: str) -> None:
    """Send mails of a post for a while; what is left is another task."""
    from blog import commands

    commands.run_mailing(post_id=UUID(post_id))


@task(attempts=20, lease=timedelta(minutes=2))
def carry_out(schedule_id: str) -> None:
    """Publish a post, or take it back, as an editor planned it. One that was cancelled is left alone."""
    from blog import commands

    commands.carry_out(schedule_id=UUID(schedule_id))
