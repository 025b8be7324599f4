"""To-dos as a calendar (RFC 5545): events, since few calendar programs show the to-dos of a feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from todos.models import Todo

# A to-do has a time, not a length; shorter events are hard to see and to click.
LENGTH = timedelta(minutes=30)
REFRESH = timedelta(hours=1)


def calendar_file(due: Iterable[tuple[Todo, set[date]]]) -> bytes:
    """The feed. What comes again is one event with its rule, without the occurrences that are done."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Quartet//To-dos//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("To-dos"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for todo, done in due:
        calendar.add_component(_event(todo, done))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(todo: Todo, done: set[date]) -> Any:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{todo.id}@quartet")
    event.add("summary", todo.title)
    if todo.notes:
        event.add("description", todo.notes)
    if tags := todo.tag_list:
        event.add("categories", tags)
    event.add("dtstamp", todo.updated_at.astimezone(UTC))
    event.add("last-modified", todo.updated_at.astimezone(UTC))
    event.add("sequence", min(todo.version, 2**31 - 1))
    event.add("transp", "TRANSPARENT")
    event.add("dtstart", _when(todo, todo.due_on))
    if todo.due_time:
        event.add("duration", LENGTH)
    if todo.recurrence:
        event.add("rrule", _rule(todo))
        for day in sorted(done):
            event.add("exdate", _when(todo, day))
    return event


def _when(todo: Todo, day: date | None) -> date | datetime | None:
    if day is None or not todo.due_time:
        return day
    return datetime.combine(day, time.fromisoformat(todo.due_time), ZoneInfo(todo.due_zone))


def _rule(todo: Todo) -> Any:
    """The rule; its end is of the kind of its beginning (RFC 5545, 3.3.10)."""
    from icalendar import vRecur

    rule = vRecur.from_ical(todo.recurrence)
    if "UNTIL" in rule and todo.due_time:
        last = rule["UNTIL"][0]
        last_day = last.date() if isinstance(last, datetime) else last
        moment = _when(todo, last_day)
        if isinstance(moment, datetime):
            rule["UNTIL"] = [moment.astimezone(UTC)]
    return rule
