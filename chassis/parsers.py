"""Reading of request bodies: strict JSON, bounded in bytes and depth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_NESTS = (dict, list)
# A text of valid JSON. The possessive quantifiers leave nothing to try twice.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it, and as RFC 7493 (I-JSON) narrows it: UTF-8, no NaN, no lone surrogate,
    no member twice, not nested too deeply.

    The size is bounded before by `chassis.middleware.body_limit`.
    """

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded body.

        Raises:
            ParseError: not UTF-8, not JSON, a member twice, or nested deeper than API_JSON_DEPTH.
        """
        raw = stream.read()
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {_without_echo(error)}.") from error
        _require_each_member_once(raw, _count_members(value, settings.API_JSON_DEPTH))
        return value


def _count_members(value: Any, depth_left: int) -> int:
    """Members of all objects in `value`.

    Raises:
        ParseError: it is nested deeper than allowed.
    """
    count = 0
    # Level by level: what orjson reads is of these types, never of a type below them.
    level = [value] if type(value) in _NESTS else []
    while level:
        if depth_left == 0:
            raise ParseError(f"The body is nested deeper than {settings.API_JSON_DEPTH} levels.")
        depth_left -= 1
        count += sum(len(found) for found in level if type(found) is dict)
        inside = chain.from_iterable(found.values() if type(found) is dict else found for found in level)
        level = [child for child in inside if type(child) in _NESTS]
    return count


def _require_each_member_once(raw: bytes, members: int) -> None:
    """Refuse a name that stands twice in one object: the last would win here, the first elsewhere."""
    # Each member has one colon; any others are inside texts.
    if raw.count(b":") != members and _TEXT.sub(b"", raw).count(b":") != members:
        raise ParseError("The body has an object with the same name twice.")


def _without_echo(error: orjson.JSONDecodeError) -> str:
    return f"line {error.lineno}, column {error.colno}"
