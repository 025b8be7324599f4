"""Percentages, times and buckets of a rollout: how they are written, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.errors import InvalidInput
from updates.rollout import Step, read_schedule, require_steps

PAGE = Path(__file__).parents[2] / "docs" / "updates.md"
# A Thursday.
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def read(text, zone=UTC):
    """The steps of a line."""
    return [(step.percent, step.due_at) for step in read_schedule(text, now=NOW, zone=zone)]


def test_a_schedule_is_read_as_people_write_it():
    assert read("1 % now, 10 % tomorrow 9:00, 100 % on Friday") == [
        (1, None),
        (10, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
        (100, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
    ]
    assert read("25, 50% in 3 days, 100 % 2026-12-24 18:30") == [
        (25, None),
        (50, NOW + timedelta(days=3)),
        (100, datetime(2026, 12, 24, 18, 30, tzinfo=UTC)),
    ]


def test_times_are_of_the_zone_that_is_named():
    [(_, due_at)] = read("10 % tomorrow 9:00", ZoneInfo("America/New_York"))

    assert due_at is not None
    assert due_at.astimezone(UTC) == datetime(2026, 11, 27, 14, 0, tzinfo=UTC)


def test_a_weekday_is_the_next_one_that_is_still_to_come():
    assert read("1 % Thursday 11:00") == [(1, datetime(2026, 12, 3, 11, 0, tzinfo=UTC))]
    assert read("1 % on thu at 13:00") == [(1, datetime(2026, 11, 26, 13, 0, tzinfo=UTC))]


def test_an_instant_keeps_its_own_offset():
    assert read("5 % 2026-12-01T09:00:00Z") == [(5, datetime(2026, 12, 1, 9, 0, tzinfo=UTC))]


@pytest.mark.parametrize(
    "text",
    ["", "soon", "0.5 % now", "10 % someday", "10 % 25:00", "% now", "10 % now,, 20 %", "10 % 2026-02-30"],
)
def test_what_is_no_schedule_is_refused_with_an_example(text):
    with pytest.raises(InvalidInput) as refused:
        read(text)

    assert refused.value.errors[0].pointer == "/schedule"
    assert "10 % tomorrow 9:00" in refused.value.detail


@pytest.mark.parametrize(
    ("steps", "reached", "pointer", "code"),
    [
        ([], None, "/steps", "steps"),
        ([Step(101)], None, "/steps/0/percent", "no-percentage"),
        ([Step(-1)], None, "/steps/0/percent", "no-percentage"),
        ([Step(10), Step(10, NOW + timedelta(days=1))], None, "/steps/1/percent", "falling"),
        ([Step(50), Step(10, NOW + timedelta(days=1))], None, "/steps/1/percent", "falling"),
        ([Step(9)], 10, "/steps/0/percent", "falling"),
        ([Step(1), Step(2)], None, "/steps/1/at", "time-missing"),
        ([Step(1, NOW - timedelta(hours=1))], None, "/steps/0/at", "past"),
        ([Step(1, NOW + timedelta(days=400))], None, "/steps/0/at", "too-far"),
        (
            [Step(1, NOW + timedelta(days=2)), Step(2, NOW + timedelta(days=1))],
            None,
            "/steps/1/at",
            "not-later",
        ),
    ],
)
def test_steps_that_are_none_are_refused_at_their_place(steps, reached, pointer, code):
    with pytest.raises(InvalidInput) as refused:
        require_steps(steps, reached=reached, now=NOW)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]


@pytest.fixture(scope="module")
def is_offered():
    """How a client counts itself, as the documentation says it."""
    program = re.search(r"```python\n(bucket = .+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert program is not None
    code = compile(f"import hashlib\n{program[1]}", str(PAGE), "exec")

    def ask(percent, salt, installation_id):
        names: dict[str, Any] = {"percent": percent, "salt": salt, "installation_id": installation_id}
        exec(code, names)
        return names["is_offered"]

    return ask


def test_whoever_is_offered_a_release_stays_so_while_it_grows(is_offered):
    people = [f"installation-{number}" for number in range(2000)]
    offered = [{one for one in people if is_offered(percent, "salt", one)} for percent in (0, 1, 10, 50, 100)]

    assert offered[0] == set()
    assert all(few <= more for few, more in pairwise(offered))
    assert 0.45 < len(offered[3]) / len(people) < 0.55
    assert offered[4] == set(people)


def test_the_first_of_one_release_are_others_than_those_of_the_next(is_offered):
    people = [f"installation-{number}" for number in range(5000)]
    first, second = ({one for one in people if is_offered(10, salt, one)} for salt in ("a", "b"))

    assert len(first & second) < len(first) / 4
