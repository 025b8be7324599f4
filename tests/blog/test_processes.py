"""Processes beside this one: when they are copies of it, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIES = """
import os, signal
import django; django.setup()
from django.db import connection
from blog.processes import pool

def parent_and_answer(_):
    connection.ensure_connection()
    return os.getppid(), os.getpid(), connection.is_usable()

connection.ensure_connection()
with pool(2) as made:
    for answer in made.map(parent_and_answer, range(2)):
        print(*answer, flush=True)
    if "{end}" == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
connection.ensure_connection()
print(os.getpid(), 0, connection.is_usable())
"""


def told(end: str, tmp_path: Path) -> list[list[str]]:
    """What a process says that has two others beside it: of each its parent, itself, whether it has rows."""
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'rows.sqlite3'}"}
    said = subprocess.run(
        [sys.executable, "-c", COPIES.replace("{end}", end)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [line.split() for line in said.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere each is started anew.")
def test_a_process_that_is_alone_is_copied_and_each_has_its_own_rows(tmp_path: Path) -> None:
    *copies, (own, _, is_usable) = told("of itself", tmp_path)

    assert {parent for parent, _, _ in copies} == {own}
    assert {has_rows for *_, has_rows in copies} == {is_usable} == {"True"}


def test_those_beside_a_process_that_was_killed_end_as_well(tmp_path: Path) -> None:
    beside = [int(own) for _, own, _ in told("killed", tmp_path)]

    assert beside
    _, alive = psutil.wait_procs(
        [psutil.Process(one) for one in beside if psutil.pid_exists(one)], timeout=30
    )
    assert alive == []
