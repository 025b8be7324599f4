"""Tasks for the tests of the queue; what they did is in files, so that other processes see it."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

from chassis.tasks import Discard, Retry, task


def _note(directory: str, text: str) -> None:
    with Path(directory, "done").open("a") as file:
        file.write(f"{text}\n")


@task(attempts=3, lease=timedelta(minutes=10))
def write_down(directory: str, text: str) -> str:
    """Leave a line."""
    _note(directory, text)
    return text


@task(attempts=3)
def fail_until(directory: str, attempt: int) -> None:
    """Fail before the given attempt."""
    _note(directory, "tried")
    tries = len(Path(directory, "done").read_text().splitlines())
    if tries < attempt:
        raise ValueError(f"attempt {tries} fails")


@task(attempts=5)
def give_up(directory: str) -> None:
    """Never succeeds, and knows it."""
    raise Discard("the file is gone for good")


@task(attempts=5)
def come_back(directory: str) -> None:
    """Asks for another time."""
    raise Retry(timedelta(hours=1), "not before an hour")


@task(attempts=3, lease=timedelta(seconds=1))
def hang_once(directory: str) -> None:
    """The first attempt says that it runs, and hangs; the next one does the work."""
    running = Path(directory, "running")
    if not running.exists():
        running.write_text(str(os.getpid()))
        time.sleep(600)
    _note(directory, "worked")


@task()
def count_windows(directory: str) -> None:
    """Leave how many windows there are: what the task sees of a change."""
    from chassis.models import RateCount

    _note(directory, str(RateCount.objects.count()))


@task(queue_name="heavy")
def lift(directory: str) -> None:
    """Work for a worker of another kind."""
    _note(directory, "lifted")


@task()
def tell_trace(directory: str) -> None:
    """Leave the request that this work belongs to."""
    from chassis.logs import log_context

    context = log_context.get() or {}
    _note(directory, context.get("request_id", "none"))
