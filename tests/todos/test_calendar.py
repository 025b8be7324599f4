"""The calendar feed, as a calendar program reads it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar

from tests.api_client import ApiClient
from tests.todos.conftest import TODOS
from todos.models import CalendarFeed, Todo

CALENDAR = "/api/todos/v1/calendar"
MONDAY = date(2026, 12, 7)


@pytest.fixture
def feed(alice: ApiClient) -> str:
    """The address of alice's feed."""
    address: str = alice.post(CALENDAR, {}).json()["url"]
    return address


def read(client: ApiClient, address: str) -> Any:
    """The feed, read by a library that calendar programs use."""
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def days(calendar: Any, start: date, end: date) -> list[Any]:
    """When the events of these days begin."""
    events: Any = recurring_ical_events.of(calendar).between(start, end)
    return sorted(event["DTSTART"].dt for event in events)


def test_a_due_day_is_an_event_of_the_whole_day(
    anonymous: ApiClient, feed: str, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(title="Renew, the; passport\\", notes="two\nlines", due_on=MONDAY, tags=["a", "b"])
    make_todo(title="undated")

    (event,) = read(anonymous, feed).walk("VEVENT")

    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == ("Renew, the; passport\\", "two\nlines")
    assert (event["DTSTART"].dt, str(event["UID"])) == (MONDAY, f"{todo.id}@quartet")


def test_a_due_time_is_in_its_zone(anonymous: ApiClient, feed: str, make_todo: Callable[..., Todo]) -> None:
    make_todo(due_on=MONDAY, due_time="09:30", due_zone="America/New_York")

    calendar = read(anonymous, feed)

    assert days(calendar, MONDAY, date(2026, 12, 8)) == [
        datetime(2026, 12, 7, 9, 30, tzinfo=ZoneInfo("America/New_York"))
    ]
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]


def test_what_comes_again_does_so_without_what_is_done(
    alice: ApiClient, anonymous: ApiClient, feed: str, make_todo: Callable[..., Todo]
) -> None:
    todo = make_todo(due_on=MONDAY, recurrence="FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261217")
    alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-10"})

    assert days(read(anonymous, feed), MONDAY, date(2027, 1, 31)) == [
        date(2026, 12, 7),
        date(2026, 12, 14),
        date(2026, 12, 17),
    ]


def test_a_rule_with_a_time_ends_when_it_says(
    alice: ApiClient, anonymous: ApiClient, feed: str, make_todo: Callable[..., Todo]
) -> None:
    zone = "Pacific/Auckland"
    todo = make_todo(due_on=MONDAY, due_time="08:00", due_zone=zone, recurrence="FREQ=DAILY;UNTIL=20261209")
    alice.post(f"{TODOS}/{todo.id}/complete", {"occurrence": "2026-12-08"})

    found = days(read(anonymous, feed), date(2026, 12, 1), date(2027, 1, 1))

    assert [moment.date() for moment in found] == [date(2026, 12, 7), date(2026, 12, 9)]


def test_a_renewed_secret_closes_the_address_before_it(
    alice: ApiClient, anonymous: ApiClient, feed: str
) -> None:
    renewed = alice.post(CALENDAR, {}).json()["url"]

    assert anonymous.get(feed).status_code == 404
    assert anonymous.get(renewed).status_code == 200
    assert renewed.split("/")[-1].removesuffix(".ics") not in CalendarFeed.objects.get().secret_sha256
    assert alice.delete(CALENDAR).status_code == 204
    assert anonymous.get(renewed).status_code == 404


def test_nothing_new_is_304(anonymous: ApiClient, feed: str, make_todo: Callable[..., Todo]) -> None:
    etag = anonymous.get(feed)["ETag"]

    assert anonymous.get(feed, if_none_match=etag).status_code == 304
    make_todo(due_on=MONDAY)
    assert anonymous.get(feed, if_none_match=etag).status_code == 200


def test_the_secret_is_not_in_the_log(
    anonymous: ApiClient, feed: str, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("chassis.requests")
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, logger="chassis.requests"):
        anonymous.get(feed)
    logger.removeHandler(caplog.handler)

    secret = feed.split("/")[-1].removesuffix(".ics")
    assert [vars(record)["path"] for record in caplog.records if "path" in vars(record)]
    assert not [record for record in caplog.records if secret in str(vars(record))]
