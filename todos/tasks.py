"""Background work of todos: each task may run twice, and does nothing but call a command."""

from __future__ import annotations

from datetime import timedelta

from chassis.tasks import task
from todos import commands


@task(attempts=8, lease=timedelta(minutes=5))
def write_snapshot(subject: str) -> None:
    """Put the account as it is now into the subject's folder."""
    commands.write_snapshot(subject=subject)


@task(attempts=3, lease=timedelta(minutes=15))
def prune() -> None:
    """Forget tombstones and answers that have had their time."""
    commands.prune()
