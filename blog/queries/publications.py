"""The jobs by which posts are published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blog.errors import NeverPublished
from chassis.models import PublishJob


def find_last_job(post_id: UUID) -> PublishJob | None:
    """The last job that published this post, or took it back; waiting, done or failed. One query."""
    jobs = PublishJob.objects.filter(kind="blog.post", argument=str(post_id))
    return jobs.order_by("-requested_at", "-id").first()


def get_last_job(post_id: UUID) -> PublishJob:
    """The same.

    Raises:
        NeverPublished: nobody has asked for it.
    """
    job = find_last_job(post_id)
    if job is None:
        raise NeverPublished
    return job


def publication_document(job: PublishJob) -> dict[str, Any]:
    """A job as the API shows it."""
    return {
        "job_id": str(job.id),
        "state": job.state,
        "requested_by": job.requested_by,
        "requested_at": job.requested_at,
        "finished_at": job.finished_at,
        "milliseconds": job.receipt.get("milliseconds"),
        "written": job.receipt.get("written", 0),
        "removed": job.receipt.get("removed", 0),
        "error": job.error,
    }
