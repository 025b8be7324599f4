"""What is read without a serializer is what the serializer would have made of it, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from todos.api.plain_bodies import plain_todo
from todos.api.serializers import TodoCreateSerializer

WATER = {
    "title": "Water the plants",
    "notes": "Not the cactus.",
    "due_on": "2026-12-24",
    "priority": 2,
    "tags": ["home", "plants"],
    "list_id": "01a20d63-3bad-72a4-bc04-cde41dbad483",
    "parent_id": None,
}
SOME_TEXTS = ["", " ", "a\n", "\x85a", "e\u0301", "\u202ea", "a" * 50, "a" * 51, "b" * 501, "\ud800", "\xa0"]
SOME_TAGS = [None, "a", ["a"] * 20, ["a"] * 21, [str(number) for number in range(20)], [1], ("a",)]
SOME_IDS = [
    "01a20d63-3bad-72a4-bc04-cde41dbad483",
    "01a20d633bad72a4bc04cde41dbad483",
    f"{0:032x}",
    7,
    "",
    None,
]
SOME_DAYS = ["2026-12-24", "1969-12-31", "2026-02-30", "2026-1-1", "20261224", "", None]
TEXTS = some.one_of(some.text(max_size=6), some.sampled_from(SOME_TEXTS))
VALUES: dict[str, Any] = {
    "title": TEXTS,
    "notes": TEXTS,
    "due_on": some.sampled_from(SOME_DAYS),
    "priority": some.sampled_from([0, 1, 4, 5, 2.0, True, "3", None]),
    "tags": some.one_of(some.lists(TEXTS, max_size=4), some.sampled_from(SOME_TAGS)),
    "list_id": some.sampled_from(SOME_IDS),
    "rank": some.sampled_from(["i1", ""]),
    "unknown": some.none(),
}
NUMBERS = some.one_of(some.integers(), some.floats(allow_nan=False))
ODD = some.one_of(some.none(), some.booleans(), NUMBERS, some.lists(some.none()))
FIELDS = {name: some.one_of(found, ODD) for name, found in VALUES.items()}
BODIES = some.fixed_dictionaries({}, optional=FIELDS)


def test_what_programs_send_needs_no_serializer() -> None:
    serializer = TodoCreateSerializer(data=WATER)

    assert serializer.is_valid()
    assert plain_todo(WATER) == dict(serializer.validated_data)


@given(body=some.one_of(BODIES, ODD, some.text(max_size=3)))
def test_both_ways_make_the_same_of_a_body(body: Any) -> None:
    plain = plain_todo(body)
    serializer = TodoCreateSerializer(data=body)

    assert plain is None or (serializer.is_valid() and plain == dict(serializer.validated_data))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Two\nlines"},
        {"title": "Two\n"},
        {"title": "\x85Water"},
        {"title": "\u202eWater"},
        {"notes": "Two\nlines"},
        {"tags": ["home"] * 21},
        {"tags": ["home\n"]},
        {"rank": "i1"},
        {"unknown": 1},
        {"list_id": "01a20d633bad72a4bc04cde41dbad483"},
    ],
)
def test_what_is_unusual_is_left_to_the_serializer(change: dict[str, Any]) -> None:
    assert plain_todo({**WATER, **change}) is None
