"""The publisher's background work."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from chassis.publishing import jobs, runner
from chassis.tasks import task


# A job counts its attempts itself, and more often than this nobody is to be killed. The lease is above
# one slice of a job and its receipt: so long after a kill another worker goes on.
@task(attempts=3 * jobs.ATTEMPTS, lease=timedelta(minutes=5))
def run_publish_job(job_id: str) -> None:
    """Do a job, or a slice of it. A second delivery finds it done and does nothing."""
    runner.run(UUID(job_id))


@task(attempts=jobs.ATTEMPTS)
def tell_edge_again(job_id: str, invalidation_round: int) -> None:
    """Invalidate once more what a job wrote, after the fetch window."""
    jobs.tell_edge_once_more(UUID(job_id), invalidation_round)
