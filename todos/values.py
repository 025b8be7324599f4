"""What a field of a list or a to-do may hold: one reader for each, for single requests and for batches.

A reader takes a value as JSON gave it and returns what the tables keep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.texts import find_forbidden, normalise
from todos.models import NOTES_LENGTH_MOST, TITLE_LENGTH_MOST
from todos.ranks import RANK_LENGTH_MOST, RANK_PATTERN
from todos.recurrence import RuleRefused, read_rule

TAGS_MOST = 20
TAG_LENGTH_MOST = 50
YEAR_LEAST = 1970
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
ZONE_LENGTH_MOST = 64
DUE = ("due_on", "due_time", "due_zone")

Reader = Callable[[Any], Any]


class ValueRefused(ValueError):
    """The value is not allowed in this field; `code` is stable, the message says what to do."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


def read_text(value: Any, *, most: int, multiline: bool = False, may_be_blank: bool = False) -> str:
    """A text for people, in one form and without what could hide in it."""
    if not isinstance(value, str):
        raise ValueRefused("wrong-type", "Send a text in double quotes.")
    text = normalise(value).strip()
    if found := find_forbidden(text, multiline=multiline):
        raise ValueRefused(found[0].replace("_", "-"), f"Remove the character at position {found[1]}.")
    if not text and not may_be_blank:
        raise ValueRefused("blank", "This may not be blank.")
    if len(text) > most:
        raise ValueRefused("max-length", f"Keep this within {most} characters.")
    return text


def read_uuid(value: Any) -> UUID:
    """An id. Nil stands before all others, where pages begin, and names nothing (RFC 9562 §5.9)."""
    require_uuid(value)
    return UUID(value)


def require_uuid(value: Any) -> None:
    """The same where the id itself is not needed yet: an object for each one takes longer than to look."""
    if not isinstance(value, str) or not _UUID.fullmatch(value) or not value.strip("0-"):
        raise ValueRefused("invalid", "Send a UUID, as 01a20d63-3bad-72a4-bc04-cde41dbad483.")


def read_day(value: Any) -> date:
    """A day from 1970 to 9999."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day.year >= YEAR_LEAST:
            return day
    raise ValueRefused("invalid", f"Send a day from {YEAR_LEAST}-01-01 to 9999-12-31, as YYYY-MM-DD.")


def read_moment(value: Any) -> datetime:
    """A moment with its offset."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None and YEAR_LEAST <= moment.year < 9999:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueRefused("invalid", "Send a moment with its offset, as 2026-12-24T18:00:00Z.")


def read_time(value: Any) -> str:
    """A time of the day; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value
    raise ValueRefused("invalid", "Send a time as 09:30.")


def read_zone(value: Any) -> str:
    """The name of a time zone; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= ZONE_LENGTH_MOST and _is_zone(value):
        return value
    raise ValueRefused("unknown-zone", "Send a time zone of the IANA database, as Europe/Lisbon.")


def read_recurrence(value: Any) -> str:
    """A rule in its one form; nothing where there is none."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise ValueRefused("wrong-type", "Send a text in double quotes.")
    try:
        return read_rule(value)
    except RuleRefused as error:
        raise ValueRefused("invalid-recurrence", str(error)) from error


def read_rank(value: Any) -> str:
    """A place in an order."""
    if isinstance(value, str) and RANK_PATTERN.fullmatch(value):
        return value
    raise ValueRefused("invalid-rank", f"Send 1 to {RANK_LENGTH_MOST} of the characters 0-9, A-Z, a-z.")


def read_priority(value: Any) -> int:
    """1 (first) to 4 (last)."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4:
        return value
    raise ValueRefused("invalid", "Send a whole number from 1 to 4.")


def read_colour(value: Any) -> str:
    """A colour, or none."""
    if value == "" or (isinstance(value, str) and _COLOUR.fullmatch(value)):
        return str(value)
    raise ValueRefused("invalid", "Write the colour as #1f5fa8.")


def read_flag(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise ValueRefused("wrong-type", "Send true or false, without quotes.")


def read_tags(value: Any) -> list[str]:
    """Tags, each once, in order."""
    if not isinstance(value, list):
        raise ValueRefused("wrong-type", "Send a list of texts.")
    tags = list(dict.fromkeys(read_text(tag, most=TAG_LENGTH_MOST) for tag in value[: 2 * TAGS_MOST]))
    require_tags(len(value) if len(value) > 2 * TAGS_MOST else len(tags))
    return tags


def require_tags(count: int) -> None:
    """Refuse more tags than a to-do holds."""
    if count > TAGS_MOST:
        raise ValueRefused("too-many-tags", f"A to-do has at most {TAGS_MOST} tags.")


def complete_due(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` with the due date whole: who sends one of its three members sends them all.

    Raises:
        ValueRefused: a time without a day or a zone, or a zone without a time.
    """
    if fields.keys().isdisjoint(DUE):
        return dict(fields)
    whole = {**fields, "due_on": fields.get("due_on")}
    whole["due_time"] = fields.get("due_time") or ""
    whole["due_zone"] = fields.get("due_zone") or ""
    if whole["due_time"] and whole["due_on"] is None:
        raise ValueRefused("incomplete-due", "A due time needs its day: send due_on, too.")
    if bool(whole["due_time"]) != bool(whole["due_zone"]):
        raise ValueRefused("incomplete-due", "A due time and its zone come together: send both.")
    return whole


def or_none(reader: Reader) -> Reader:
    """The same, where null is allowed."""
    return lambda value: None if value is None else reader(value)


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _title(value: Any) -> str:
    return read_text(value, most=TITLE_LENGTH_MOST)


def _notes(value: Any) -> str:
    return read_text(value, most=NOTES_LENGTH_MOST, multiline=True, may_be_blank=True)


LIST_FIELDS: dict[str, Reader] = {
    "title": _title,
    "colour": read_colour,
    "rank": read_rank,
    "archived": read_flag,
}
TODO_FIELDS: dict[str, Reader] = {
    "title": _title,
    "notes": _notes,
    "list_id": or_none(read_uuid),
    "parent_id": or_none(read_uuid),
    "rank": read_rank,
    "due_on": or_none(read_day),
    "due_time": read_time,
    "due_zone": read_zone,
    "recurrence": read_recurrence,
    "priority": or_none(read_priority),
}
