"""`manage.py work`: the task worker of a desk or a long-running host."""

from __future__ import annotations

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from chassis import housekeeping, tasks

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 3600.0
RECLAIM_SECONDS = 15.0


class Command(BaseCommand):
    """Runs tasks until told to stop; SIGTERM and Ctrl-C let the current task finish."""

    help = "Run background tasks until told to stop (SIGTERM lets the current task finish)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--until-empty`, `--seconds`, `--interval`, `--queue`."""
        parser.add_argument("--until-empty", action="store_true", help="Stop when no task is due.")
        parser.add_argument("--seconds", type=float, help="Stop after so many seconds.")
        parser.add_argument(
            "--interval", type=float, default=0.5, help="Seconds between two looks (default 0.5)."
        )
        parser.add_argument(
            "--queue", action="append", default=[], help="Take from this queue only; repeat for more."
        )

    def handle(
        self,
        *args: Any,
        until_empty: bool,
        seconds: float | None,
        interval: float,
        queue: list[str],
        **options: Any,
    ) -> str:
        """Do the work; a sentence with the number of tasks."""
        self.stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())
        deadline = float("inf") if seconds is None else time.monotonic() + seconds
        log.info("worker_started")
        done = self._work(deadline, until_empty, interval, queue)
        log.info("worker_stopped", extra={"tasks": done})
        return f"Ran {done} tasks."

    def _work(self, deadline: float, until_empty: bool, interval: float, queues: list[str]) -> int:
        done = 0
        reclaim_at = housekeeping_at = 0.0
        while not self.stopping.is_set() and (now := time.monotonic()) < deadline:
            if now >= reclaim_at:
                tasks.reclaim_expired()
                reclaim_at = now + RECLAIM_SECONDS
            if now >= housekeeping_at:
                housekeeping.prune()
                housekeeping_at = now + HOUSEKEEPING_SECONDS
            if tasks.run_next(queues):
                done += 1
            elif until_empty:
                break
            else:
                self.stopping.wait(interval)
        return done
