"""Reading of request bodies: strict JSON, bounded in bytes and depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_OPEN = frozenset(b"[{")
_CLOSE = frozenset(b"]}")


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no duplicate meaning, not nested too deeply.

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
            ParseError: not UTF-8, not JSON, or nested deeper than API_JSON_DEPTH.
        """
        raw = stream.read()
        _require_shallow(raw)
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {_without_echo(error)}.") from error


def _require_shallow(raw: bytes) -> None:
    """Refuse deep nesting in one pass; brackets inside strings do not count."""
    most = settings.API_JSON_DEPTH
    if raw.count(b"[") + raw.count(b"{") <= most:
        return
    depth = 0
    in_string = escaped = False
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in _OPEN:
            depth += 1
            if depth > most:
                raise ParseError(f"The body is nested deeper than {most} levels.")
        elif byte in _CLOSE:
            depth -= 1


def _without_echo(error: orjson.JSONDecodeError) -> str:
    return f"line {error.lineno}, column {error.colno}"
