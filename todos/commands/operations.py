"""Operations as clients send them: read, checked, nothing decided."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from chassis.errors import FieldError, InvalidInput
from todos.errors import UnknownKind
from todos.values import (
    LIST_FIELDS,
    TODO_FIELDS,
    Reader,
    ValueRefused,
    complete_due,
    or_none,
    read_day,
    read_moment,
    read_tags,
    read_uuid,
)

_MEMBERS = frozenset({"id", "kind", "target", "base", "set", "group"})
GROUP_LENGTH_MOST = 64
VERSION_MOST = 2**53 - 1  # the largest whole number that every JSON reader keeps


@dataclass(frozen=True)
class Operation:
    """What a client wants done. `fields` are what it sets, as the tables keep them.

    `base` is the version up to which the client had seen the account; None means all of it.
    """

    kind: str
    target: UUID
    fields: Mapping[str, Any] = field(default_factory=dict)
    base: int | None = None
    if_versions: frozenset[int] | None = None
    # Made here a moment ago: nobody has it.
    is_new_id: bool = False


@dataclass(frozen=True)
class TagChange:
    """Tags to add and to take off."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def fingerprint_of(sent: Mapping[str, Any]) -> str:
    """The same for the same operation, whatever the order of its members."""
    return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_operation(sent: Mapping[str, Any]) -> Operation:
    """An operation of a client.

    Raises:
        UnknownKind: `kind` is none of ours.
        InvalidInput: at the member of the operation that is wrong.
    """
    kind = sent.get("kind")
    read_fields = _READERS.get(kind) if isinstance(kind, str) else None
    if read_fields is None:
        raise UnknownKind(f"The kinds are {', '.join(_READERS)}.")
    for name in sent:
        if name not in _MEMBERS:
            raise _refused(f"/{name}", "unknown-field", f"Known are: {', '.join(sorted(_MEMBERS))}.")
    target = _read("/target", read_uuid, sent.get("target"))
    values = sent.get("set", {})
    if not isinstance(values, dict):
        raise _refused("/set", "wrong-type", "Send an object.")
    return Operation(str(kind), target, read_fields(values), _read("/base", _base, sent.get("base")))


def _base(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= VERSION_MOST:
        return value
    raise ValueRefused("invalid", "Send the version up to which you had seen the account: `version` of sync.")


def _read(pointer: str, reader: Reader, value: Any) -> Any:
    try:
        return reader(value)
    except ValueRefused as error:
        raise _refused(pointer, error.code, str(error)) from error


def _step(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name[:100].replace("~", "~0").replace("/", "~1")


def _keepable(text: str) -> str:
    """What was sent may stand in a refusal, but for what PostgreSQL cannot keep with it: NUL."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _refused(pointer: str, code: str, detail: str) -> InvalidInput:
    pointer, detail = _keepable(pointer), _keepable(detail)
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])


def _fields(
    known: Mapping[str, Reader], *, required: tuple[str, ...] = ()
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A reader of `set` that knows these fields."""

    def read(values: Mapping[str, Any]) -> dict[str, Any]:
        for name in required:
            if name not in values:
                raise _refused(f"/set/{name}", "required", "This is required.")
        found, name = {}, ""
        try:
            for name, value in values.items():
                reader = known.get(name)
                if reader is None:
                    detail = f"Known are: {', '.join(sorted(known)) or 'none'}."
                    raise _refused(f"/set/{_step(name)}", "unknown-field", detail)
                found[name] = reader(value)
        except ValueRefused as error:
            raise _refused(f"/set/{name}", error.code, str(error)) from error
        return _read("/set", complete_due, found) if known is not LIST_FIELDS else found

    return read


def _tag_change(value: Any) -> TagChange:
    if not isinstance(value, dict) or not value.keys() <= {"add", "remove"}:
        raise ValueRefused("invalid", 'Send what to add and to take off, as {"add": [], "remove": []}.')
    add, remove = read_tags(value.get("add", [])), read_tags(value.get("remove", []))
    if both := sorted(set(add) & set(remove)):
        raise ValueRefused("invalid", f"{both[0]} is to be added and taken off at once.")
    return TagChange(tuple(add), tuple(remove))


_READERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "list.create": _fields(LIST_FIELDS, required=("title",)),
    "list.update": _fields(LIST_FIELDS),
    "list.delete": _fields({}),
    "todo.create": _fields({**TODO_FIELDS, "tags": read_tags}, required=("title",)),
    "todo.update": _fields({**TODO_FIELDS, "tags": _tag_change}),
    "todo.delete": _fields({}),
    "todo.complete": _fields({"occurrence": or_none(read_day), "at": read_moment}),
    "todo.reopen": _fields({"occurrence": or_none(read_day)}),
    "conflict.resolve": _fields({}),
}
KINDS = tuple(_READERS)
