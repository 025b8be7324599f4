"""Background work of updates. Each is safe to run twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.tasks import task
from updates import commands


# Five gigabytes are read and hashed within some minutes; a function has a quarter of an hour.
@task(attempts=8, lease=timedelta(minutes=15))
def verify_artifact(artifact_id: str) -> None:
    """Compare an artifact's bytes with what was declared. A second delivery finds it done."""
    commands.verify_artifact(artifact_id=UUID(artifact_id))


@task(attempts=8)
def delete_upload(upload_key: str, upload_id: str) -> None:
    """Delete an upload that belongs to nothing any more, joined or not."""
    commands.delete_upload(upload_key=upload_key, upload_id=upload_id)
