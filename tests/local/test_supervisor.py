"""The supervisor leaves nothing behind, however it or its parts die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.platform.records import ProcessRecords
from tests.local.programs import Program, alive, until

StartDesk = Callable[..., Program]


@pytest.fixture
def start_desk(tmp_path: Path) -> Iterator[StartDesk]:
    """`start_desk("well")`: a supervisor with these parts, in a directory of its own."""
    started: list[Program] = []

    def start(*parts: str) -> Program:
        arguments = ("-m", "tests.local.small_desk", str(tmp_path), *parts)
        started.append(Program(*arguments, environment={"LOCAL_DIR": str(tmp_path)}))
        return started[-1]

    yield start
    for program in started:
        program.close()


def pids_in(line: str) -> list[int]:
    return [int(word) for word in line.split("pids ")[1].split()]


def test_ctrl_c_ends_the_parts_and_their_children(start_desk: StartDesk) -> None:
    desk = start_desk("well")
    desk.wait_for("ready")
    below = desk.descendants()

    desk.send(signal.SIGINT)
    code = desk.wait()

    assert code == 0
    assert len(below) == 3  # the guard, the part and the part's child
    assert alive(below) == []


def test_a_killed_supervisor_leaves_no_process(start_desk: StartDesk) -> None:
    desk = start_desk("well")
    desk.wait_for("ready")
    below = desk.descendants()

    desk.send(signal.SIGKILL)

    until(lambda: not alive(below), what="the end of every process")


def test_a_killed_part_and_its_children_are_replaced(start_desk: StartDesk) -> None:
    desk = start_desk("well")
    first = pids_in(desk.wait_for("pids "))
    desk.wait_for("ready")

    os.kill(first[0], signal.SIGKILL)
    until(lambda: desk.output.count("pids ") == 2, what="the part's second start")

    second = pids_in([line for line in desk.lines if "pids " in line][1])
    assert alive(first) == []
    assert alive(second) == second
    assert "ended with signal SIGKILL; starting again in 0.5 s" in desk.output


def test_a_changed_file_restarts_the_part_at_once(start_desk: StartDesk, tmp_path: Path) -> None:
    code = tmp_path / "code" / "commands.py"
    code.parent.mkdir()
    code.write_text("a = 1")
    desk = start_desk("well")
    first = pids_in(desk.wait_for("pids "))
    desk.wait_for("ready")

    code.write_text("a = 2222")
    until(lambda: desk.output.count("pids ") == 2, what="the part's second start")

    assert alive(first) == []
    assert "code/commands.py changed" in desk.output
    assert "ended with" not in desk.output


def test_a_killed_guard_is_replaced_and_knows_every_group(start_desk: StartDesk) -> None:
    desk = start_desk("well")
    first = pids_in(desk.wait_for("pids "))
    desk.wait_for("ready")
    guard = next(pid for pid in desk.descendants() if "guard.py" in " ".join(psutil.Process(pid).cmdline()))

    os.kill(guard, signal.SIGKILL)
    os.kill(first[0], signal.SIGKILL)
    until(lambda: desk.output.count("pids ") == 2, what="the part's second start")
    below = desk.descendants()
    desk.send(signal.SIGKILL)

    until(lambda: not alive(below), what="the end of every process")


def test_a_part_that_cannot_start_is_reported_with_its_words(start_desk: StartDesk) -> None:
    desk = start_desk("well", "broken")
    below = pids_in(desk.wait_for("pids "))

    code = desk.wait()

    assert code == 1
    assert "cannot find my hat" in desk.output
    assert "failed: broken ended at its start" in desk.output
    assert alive(below) == []


def test_what_a_killed_desk_left_is_ended_at_the_next_start(tmp_path: Path) -> None:
    environment = {**os.environ, "LOCAL_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(command, env=environment, start_new_session=True) as left_over:
        ProcessRecords(tmp_path).add("web", left_over.pid)

        ended = ProcessRecords(tmp_path).end_leftovers(grace_seconds=5)

        assert ended == ["web"]
        assert left_over.wait(timeout=10) == -signal.SIGTERM


def test_a_stranger_with_a_recorded_process_id_is_left_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with subprocess.Popen(command, start_new_session=True) as stranger:
        record = {"name": "web", "pid": stranger.pid, "started": 1.0}
        (tmp_path / "processes.json").write_text(json.dumps([record]))

        ended = ProcessRecords(tmp_path).end_leftovers(grace_seconds=5)

        assert ended == []
        assert alive([stranger.pid]) == [stranger.pid]
        stranger.kill()
