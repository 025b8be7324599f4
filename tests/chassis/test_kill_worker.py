"""A worker killed in the middle of a task: the task is done after all, and once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A database of its own, with tables."""
    found = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'queue.sqlite3'}", "LOG_LEVEL": "ERROR"}
    manage("migrate", "--no-input", "--verbosity=0", environment=found)
    return found


def manage(*command: str, environment: dict[str, str]) -> str:
    """One command of its own process; what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.stdout


def wait_for(path: Path) -> str:
    """The content of a file, as soon as it has any."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path.name} never came")


def let_the_lease_run_out(database: Path) -> None:
    """As if the worker had been dead for an hour."""
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE django_tasks_database_dbtaskresult SET started_at = datetime(started_at, '-1 hour')"
        )
    connection.close()


def test_a_killed_workers_task_is_done_once_by_the_next(tmp_path: Path, environment: dict[str, str]) -> None:
    enqueue = f"from tests.chassis.queue_samples import hang_once; hang_once.enqueue({str(tmp_path)!r})"
    manage("shell", "--command", enqueue, environment=environment)
    worker = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=environment)
    wait_for(tmp_path / "running")

    worker.send_signal(signal.SIGKILL)
    worker.wait(SECONDS)
    before = (tmp_path / "done").exists()
    let_the_lease_run_out(tmp_path / "queue.sqlite3")
    manage("work", "--until-empty", "--seconds=20", environment=environment)
    # A worker's housekeeping enqueues tasks of its own; this one does not run again.
    manage("work", "--until-empty", "--seconds=20", environment=environment)

    assert not before
    assert (tmp_path / "done").read_text() == "worked\n"


def test_a_worker_that_is_told_to_stop_stops(tmp_path: Path, environment: dict[str, str]) -> None:
    enqueue = f"from tests.chassis.queue_samples import write_down as t; t.enqueue({str(tmp_path)!r}, 'a')"
    manage("shell", "--command", enqueue, environment=environment)
    worker = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=environment)
    wait_for(tmp_path / "done")

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(SECONDS) == 0
