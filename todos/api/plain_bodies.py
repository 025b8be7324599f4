"""Bodies of new to-dos that need no serializer: nearly all that programs send.

A serializer goes through all of its fields, sent or not, which took a tenth of a create. Here what is sent is
judged, by the readers that sync has. Whatever is unusual in the least is left to the serializer, which alone
says what is wrong; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todos.values import TAGS_MOST, TODO_FIELDS, Reader, ValueRefused, read_tags


def plain_todo(body: Any) -> dict[str, Any] | None:
    """What the serializer would make of this body; None where only the serializer can say."""
    if not isinstance(body, dict) or "title" not in body or not body.keys() <= _READERS.keys():
        return None
    try:
        return {name: _READERS[name](value) for name, value in body.items()}
    except ValueRefused:
        return None


def _plain(reader: Reader) -> Reader:
    """The same, of a text on one line in which nothing can hide, not even around it."""

    def read(value: Any) -> Any:
        _require(isinstance(value, str) and value.isprintable())
        return reader(value)

    return read


def _plain_tags(value: Any) -> list[str]:
    _require(isinstance(value, list) and len(value) <= TAGS_MOST)
    _require(all(isinstance(tag, str) and tag.isprintable() for tag in value))
    return read_tags(value)


def _require(is_plain: bool) -> None:
    if not is_plain:
        raise ValueRefused("not-plain", "The serializer judges this.")


_READERS: Mapping[str, Reader] = {
    "title": _plain(TODO_FIELDS["title"]),
    "notes": _plain(TODO_FIELDS["notes"]),
    "tags": _plain_tags,
    **{name: TODO_FIELDS[name] for name in ("list_id", "parent_id", "due_on", "priority")},
}
