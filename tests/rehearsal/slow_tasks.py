"""A task that leaves lines in a file and takes its time. A layer brings it to the deployed function."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from chassis.tasks import task


@task(attempts=3, lease=timedelta(seconds=4))
def note(directory: str, text: str, seconds: float) -> None:
    """Say that it begins, wait, and say that it is done."""
    with Path(directory, "begun").open("a") as file:
        file.write(f"{text}\n")
    time.sleep(seconds)
    with Path(directory, "done").open("a") as file:
        file.write(f"{text}\n")
