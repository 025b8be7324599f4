"""Runs as a process of its own: workers that are killed at a step of a job.

Reads a JSON line each time: a step, its number, the size of a copy's parts, settings. Forks a worker
for it, which is quicker than to start one; writes `killed` or `done`.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from typing import Any


class Killer(logging.Handler):
    """Ends the process as a power cut would, when a step is reached for the n-th time."""

    def __init__(self, step: str, times: int) -> None:
        super().__init__(logging.DEBUG)
        self.step = step
        self.left = times
        self.guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "step", "") == self.step:
            with self.guard:
                self.left -= 1
                if self.left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)


def work(step: str, times: int, part_bytes: int, variables: dict[str, Any]) -> None:
    """A worker, until nothing is left to do or until it is killed."""
    from django.conf import settings

    from chassis import tasks
    from chassis.publishing import objects

    objects.COPY_PART_BYTES = part_bytes
    for name, value in variables.items():
        setattr(settings, name, value)
    log = logging.getLogger("chassis.publishing")
    log.setLevel(logging.DEBUG)
    log.addHandler(Killer(step, times))
    tasks.drain(seconds=60)
    os._exit(0)


def main() -> None:
    """Load everything once, then fork."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    import tests.chassis.publishing_samples  # noqa: F401
    from chassis.publishing import receipts
    from chassis.storage import s3_client

    # Their making takes longer than a job does. None has a connection yet.
    s3_client()
    receipts._client()

    for line in sys.stdin:
        step, times, part_bytes, variables = json.loads(line)
        child = os.fork()
        if child == 0:
            work(step, int(times), part_bytes, variables)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


if __name__ == "__main__":
    main()
