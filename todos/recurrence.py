"""To-dos that come again: a part of RFC 5545's RRULE that says what people mean and always ends.

A rule counts from the due day. Rules that a search might follow to the end of the calendar without
meeting a day are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime

RULE_LENGTH_MOST = 200
INTERVAL_MOST = 999
COUNT_MOST = 1000
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = "MO|TU|WE|TH|FR|SA|SU"
_DAY = re.compile(rf"(?:[+-]?([1-9]\d?))?({_DAYS})", re.ASCII)
_NUMBER = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
# How often a weekday can come in a period: BYDAY=5MO makes sense in a month, not in a week.
_ORDINAL_MOST = {"DAILY": 0, "WEEKLY": 0, "MONTHLY": 5, "YEARLY": 53}
_ORDER = ("FREQ", "INTERVAL", "BYDAY", "WKST", "UNTIL", "COUNT")


class RuleRefused(ValueError):
    """The rule is none that is carried out here; the message says what to write instead."""


def read_rule(text: str) -> str:
    """The rule in its one form: parts in order, in capitals, nothing that says nothing.

    Raises:
        RuleRefused: with the part that is wrong.
    """
    if len(text) > RULE_LENGTH_MOST:
        raise RuleRefused(f"A rule has at most {RULE_LENGTH_MOST} characters.")
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, sign, value = part.partition("=")
        if not sign or name not in _ORDER or name in parts:
            raise RuleRefused(f"Write each of {', '.join(_ORDER)} at most once, as NAME=value.")
        parts[name] = value
    _check(parts)
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    return ";".join(f"{name}={parts[name]}" for name in _ORDER if name in parts)


def first_open(rule: str, start: date, done: Collection[date]) -> date | None:
    """The first occurrence that is not done; None where all are."""
    return next((day for day in occurrences(rule, start) if day not in done), None)


def occurrences(rule: str, start: date) -> Iterator[date]:
    """The days on which the rule falls, from `start` on."""
    # 15 ms to import, and most to-dos never come again.
    from dateutil.rrule import rrulestr

    for moment in rrulestr(rule, dtstart=datetime(start.year, start.month, start.day)):
        yield moment.date()


def _check(parts: dict[str, str]) -> None:
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise RuleRefused(f"FREQ is one of {', '.join(_FREQUENCIES)}.")
    _check_number(parts, "INTERVAL", INTERVAL_MOST)
    _check_number(parts, "COUNT", COUNT_MOST)
    if "WKST" in parts and parts["WKST"] not in _DAYS.split("|"):
        raise RuleRefused(f"WKST is one of {', '.join(_DAYS.split('|'))}.")
    if "BYDAY" in parts:
        _check_days(parts["BYDAY"], frequency)
        if frequency == "DAILY" and parts.get("INTERVAL", "1") != "1":
            raise RuleRefused("Every so many days and only on some weekdays may never come: leave out one.")
    if "UNTIL" in parts:
        if "COUNT" in parts:
            raise RuleRefused("UNTIL and COUNT exclude each other.")
        _check_until(parts["UNTIL"])


def _check_number(parts: dict[str, str], name: str, most: int) -> None:
    if name in parts and not (_NUMBER.fullmatch(parts[name]) and int(parts[name]) <= most):
        raise RuleRefused(f"{name} is a whole number from 1 to {most}.")


def _check_days(days: str, frequency: str) -> None:
    most = _ORDINAL_MOST[frequency]
    for day in days.split(","):
        match = _DAY.fullmatch(day)
        if match is None or int(match.group(1) or 0) > most:
            raise RuleRefused(f"{day[:10]} is no day of BYDAY in a {frequency} rule.")


def _check_until(until: str) -> None:
    match = _UNTIL.fullmatch(until)
    try:
        if match is None:
            raise ValueError
        date(*map(int, match.groups()))
    except ValueError as error:
        raise RuleRefused("UNTIL is a day, as 20261231.") from error
