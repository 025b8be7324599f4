"""To how many a release is offered: the steps, and how people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from chassis.errors import FieldError, InvalidInput
from updates.models import PERCENT_MOST, STEPS_MOST

# Of a day that was named without a time.
MORNING = time(9, 0)
# Clocks differ, and a form takes a while to be filled in.
PAST_MOST = timedelta(minutes=5)
YEARS_MOST = timedelta(days=366)


@dataclass(frozen=True)
class Step:
    """Offer it to `percent` from `due_at` on; at once, or as soon as it is published, without a time."""

    percent: int
    due_at: datetime | None = None


def require_steps(steps: Sequence[Step], *, reached: int | None, now: datetime) -> None:
    """Refuse steps that are none. `reached` is the percentage that a published release has already.

    Raises:
        InvalidInput: at the step, such as `/steps/1/percent`.
    """
    if not steps or len(steps) > STEPS_MOST:
        raise InvalidInput(errors=[FieldError("/steps", "steps", f"Plan 1 to {STEPS_MOST} steps.")])
    errors = []
    for place, step in enumerate(steps):
        before = steps[place - 1] if place else None
        if finding := _percent_finding(step, before, reached):
            errors.append(FieldError(f"/steps/{place}/percent", *finding))
        if finding := _time_finding(step, before, now):
            errors.append(FieldError(f"/steps/{place}/at", *finding))
    if errors:
        raise InvalidInput(errors[0].detail, errors=errors)


def _percent_finding(step: Step, before: Step | None, reached: int | None) -> tuple[str, str] | None:
    if not 0 <= step.percent <= PERCENT_MOST:
        return "no-percentage", f"{step.percent} is no percentage. Write a whole number from 0 to 100."
    if before is not None and step.percent <= before.percent:
        return "falling", f"A rollout only grows: {step.percent} % does not come after {before.percent} %."
    if before is None and reached is not None and step.percent < reached:
        detail = f"A rollout only grows: it is offered to {reached} % already. Pause or withdraw it instead."
        return "falling", detail
    return None


def _time_finding(step: Step, before: Step | None, now: datetime) -> tuple[str, str] | None:
    if step.due_at is None:
        return (
            None
            if before is None
            else ("time-missing", "Say when: only the first step may be without a time.")
        )
    if step.due_at < now - PAST_MOST:
        return "past", "This time is over."
    if step.due_at > now + YEARS_MOST:
        return "too-far", "This is more than a year ahead."
    if before is not None and before.due_at is not None and step.due_at <= before.due_at:
        return "not-later", "Each step comes later than the one before it."
    return None


# --- As people write it ------------------------------------------------------------------------

_STEP = re.compile(r"^(?P<percent>[0-9.]+)\s*%?\s*(?P<when>.*)$")
_SPAN = re.compile(r"^in (\d{1,4}) (minute|hour|day|week)s?$")
_CLOCK = re.compile(r"\s*(?:at )?(\d{1,2}):(\d{2})$")
_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})$")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXAMPLE = "Write it such as “1 % now, 10 % tomorrow 9:00, 50 % in 3 days, 100 % on Friday”."


def read_schedule(text: str, *, now: datetime, zone: tzinfo) -> list[Step]:
    """The steps of a line such as `1 % now, 10 % tomorrow 9:00, 100 % on Friday`; times are of `zone`.

    Raises:
        InvalidInput: at `/schedule`.
    """
    try:
        return [_read_step(part.strip(), now.astimezone(zone)) for part in text.split(",")]
    except ValueError as error:
        detail = f"{error} {_EXAMPLE}"
        raise InvalidInput(detail, errors=[FieldError("/schedule", "not-a-schedule", detail)]) from error


def _read_step(text: str, now: datetime) -> Step:
    match = _STEP.match(text.lower())
    if match is None:
        raise ValueError(f"“{text[:60]}” is no step.")
    if not match["percent"].isdigit():
        raise ValueError(f"“{match['percent'][:20]}” is no whole number.")
    return Step(int(match["percent"][:6]), _read_time(match["when"].strip(), now))


def _read_time(text: str, now: datetime) -> datetime | None:
    if text in ("", "now"):
        return None
    if span := _SPAN.match(text):
        return now + timedelta(**{f"{span[2]}s": int(span[1])})
    clock = _CLOCK.search(text)
    at = time(int(clock[1]), int(clock[2])) if clock else MORNING
    day = text[: clock.start()].strip() if clock else text
    if "T" in text.upper() and _is_instant(text):
        return _instant(text, now)
    return _at(_read_day(day.removeprefix("on ").strip(), now, at), at, now)


def _read_day(text: str, now: datetime, at: time) -> datetime:
    if text in ("today", ""):
        return now
    if text == "tomorrow":
        return now + timedelta(days=1)
    if _DATE.match(text):
        return datetime.fromisoformat(text)
    found = [place for place, name in enumerate(_DAYS) if text in (name, name[:3])]
    if not found:
        raise ValueError(f"“{text[:40]}” is no time.")
    ahead = (found[0] - now.weekday()) % 7
    if ahead == 0 and _at(now, at, now) <= now:
        ahead = 7
    return now + timedelta(days=ahead)


def _is_instant(text: str) -> bool:
    return re.match(r"^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}", text) is not None


def _instant(text: str, now: datetime) -> datetime:
    found = datetime.fromisoformat(text.upper())
    return found if found.tzinfo else found.replace(tzinfo=now.tzinfo)


def _at(day: datetime, at: time, now: datetime) -> datetime:
    return datetime.combine(day.date(), at, tzinfo=now.tzinfo)
