"""Background work of updates. Each is safe to run twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from chassis.tasks import Discard, enqueue_once, task
from updates import announcements, commands, queries

EDGE_LOGS = "edge-logs"


# Five gigabytes are read and hashed within some minutes; a function has a quarter of an hour.
@task(attempts=8, lease=timedelta(minutes=15))
def verify_artifact(artifact_id: str) -> None:
    """Compare an artifact's bytes with what was declared. A second delivery finds it done."""
    commands.verify_artifact(artifact_id=UUID(artifact_id))


@task(attempts=8)
def delete_upload(upload_key: str, upload_id: str) -> None:
    """Delete an upload that belongs to nothing any more, joined or not."""
    commands.delete_upload(upload_key=upload_key, upload_id=upload_id)


# The blog may be away for hours; nobody waits for the draft.
@task(attempts=30)
def announce_release(release_id: str) -> None:
    """Announce a release in the blog, once. A second delivery gets the same draft."""
    if not announcements.has_blog() or not queries.is_to_be_announced(UUID(release_id)):
        return
    try:
        post = announcements.announce(UUID(release_id))
    except ValueError as error:
        raise Discard(str(error)) from error
    commands.note_announcement(release_id=UUID(release_id), post=post)


# A step that is late is worse than one that is tried once more.
@task(attempts=12)
def advance_rollout(release_id: str) -> None:
    """Take the steps of a rollout that are due. A second delivery finds them taken."""
    commands.advance_rollout(release_id=UUID(release_id))


@task()
def renew_signatures() -> None:
    """What is past half of its life is signed anew. A second delivery finds it fresh."""
    commands.renew_signatures(actor="publisher")


# Minutes of one processor, and most of a function's memory.
@task(attempts=4, lease=timedelta(minutes=15), priority=-10)
def make_deltas(release_id: str) -> None:
    """Differences to the last releases. A second delivery makes only what is not there."""
    commands.check_brought_deltas(release_id=UUID(release_id))
    commands.make_deltas(release_id=UUID(release_id))


@task(attempts=4, lease=timedelta(minutes=15))
def check_deltas(release_id: str) -> None:
    """Differences that a release brings are tried. A second delivery finds it done."""
    commands.check_brought_deltas(release_id=UUID(release_id))


@task()
def remove_unnamed_files(product_id: str) -> None:
    """Files of withdrawn releases go. A second delivery finds them gone."""
    commands.remove_unnamed_files(product_id=UUID(product_id))


# A function has a quarter of an hour; what it leaves is counted by the next.
@task(attempts=4, lease=timedelta(minutes=15))
def count_edge_logs() -> None:
    """Count what is new in the edge's logs, and again in an hour. A second delivery finds it counted."""
    if not settings.UPDATES_EDGE_LOGS:
        return
    commands.count_logs(settings.UPDATES_EDGE_LOGS)
    commands.prune_traces()
    enqueue_once(count_edge_logs, key=EDGE_LOGS, delay=timedelta(hours=1))


@task()
def prune_publisher_tokens() -> None:
    """Delete what nobody can use any more. Twice is once."""
    commands.prune_publisher_tokens()
