"""To-dos that come again: rules, occurrences, completions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos.models import Completion, Todo
from todos.recurrence import RuleRefused, occurrences, read_rule

MONDAY = date(2026, 12, 7)


def first(rule: str, count: int, start: date = MONDAY) -> list[str]:
    """The first days of a rule."""
    days = occurrences(read_rule(rule), start)
    return [day.isoformat() for day, _ in zip(days, range(count), strict=False)]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY", ["2026-12-07", "2026-12-08", "2026-12-09"]),
        ("FREQ=DAILY;COUNT=2", ["2026-12-07", "2026-12-08"]),
        ("FREQ=WEEKLY;INTERVAL=2", ["2026-12-07", "2026-12-21", "2027-01-04"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH", ["2026-12-07", "2026-12-10", "2026-12-14"]),
        ("freq=monthly;byday=-1FR", ["2026-12-25", "2027-01-29", "2027-02-26"]),
        ("FREQ=MONTHLY;UNTIL=20270107", ["2026-12-07", "2027-01-07"]),
        ("FREQ=YEARLY", ["2026-12-07", "2027-12-07", "2028-12-07"]),
    ],
)
def test_a_rule_falls_on_its_days(rule: str, days: list[str]) -> None:
    assert first(rule, 3) == days


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=5;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20270231",
        "FREQ=DAILY;UNTIL=20270101T000000Z",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=5MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY\nCOUNT=2",
        "FREQ=" + "A" * 300,
    ],
)
def test_a_rule_that_is_none_or_explodes_is_refused(rule: str) -> None:
    with pytest.raises(RuleRefused):
        read_rule(rule)


def test_a_rule_that_never_comes_ends_at_the_end_of_the_calendar() -> None:
    # The fifth Monday of February, every fourth year, beginning in one without.
    assert first("FREQ=MONTHLY;INTERVAL=48;BYDAY=5MO", 1, start=date(2027, 2, 1)) == []


def test_completing_an_occurrence_moves_on_to_the_next(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=WEEKLY")

    response = alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-07"})

    assert (response.json()["next_on"], response.json()["done_at"]) == ("2026-12-14", None)
    completions = alice.get(f"{TODOS}/{todo.id}/completions").json()["items"]
    assert [found["occurrence"] for found in completions] == ["2026-12-07"]


def test_completing_an_occurrence_twice_is_completing_it_once(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=WEEKLY")

    first = alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-07"})
    second = alice.post(f"{TODOS}/{todo.id}/complete", {})

    assert second.json() == first.json()
    assert Completion.objects.count() == 1


def test_the_last_occurrence_makes_it_done_and_reopening_one_undone(
    alice: ApiClient, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=DAILY;COUNT=2")
    alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-08"})

    done = alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-07"}).json()
    again = alice.post(f"{TODOS}/{todo.id}/reopen", {"occurrence": "2026-12-08"}).json()

    assert (done["next_on"], done["done_at"] is not None) == (None, True)
    assert (again["next_on"], again["done_at"]) == ("2026-12-08", None)


def test_another_rule_keeps_what_is_done(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=WEEKLY")
    alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-07"})

    changed = alice.patch(f"{TODOS}/{todo.id}", {"recurrence": "FREQ=DAILY"}).json()

    assert changed["next_on"] == "2026-12-08"


def test_without_a_rule_the_next_day_is_the_due_day(alice: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=WEEKLY")

    changed = alice.patch(f"{TODOS}/{todo.id}", {"recurrence": None, "due_on": "2026-12-09"}).json()

    assert (changed["recurrence"], changed["next_on"]) == (None, "2026-12-09")


def test_anothers_completions_are_not_there(mallory: ApiClient, make_todo: Callable[..., Todo]) -> None:
    todo = make_todo("alice", due_on=MONDAY, recurrence="FREQ=WEEKLY")

    assert mallory.get(f"{TODOS}/{todo.id}/completions").status_code == 404
