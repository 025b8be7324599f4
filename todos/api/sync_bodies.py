"""The body of sync: read by hand, since a batch of a hundred serializers would cost more than its work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from chassis.auth import principal_in
from chassis.errors import FieldError, InvalidInput, TooLarge
from todos.commands.operations import GROUP_LENGTH_MOST, VERSION_MOST
from todos.values import ValueRefused, require_uuid

OPERATIONS_MOST = 100
BODY_BYTES_MOST = 256 * 1024
CHANGES_MOST = 1000
KIND_LENGTH_MOST = 64
_DEVICE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_MEMBERS = {"cursor", "device", "operations", "limit"}
_OPERATION = {"id", "kind", "target", "base", "set", "group"}


@dataclass(frozen=True)
class SyncBody:
    """What a device sends."""

    cursor: str | None
    device: str
    operations: list[dict[str, Any]]
    limit: int


def read_sync_body(request: Request) -> SyncBody:
    """The body, each part of the right form. What the operations say is not looked at.

    Raises:
        InvalidInput: at the member that is wrong.
        TooLarge: more than 256 KiB.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MOST:
        raise TooLarge(f"At most {BODY_BYTES_MOST} bytes are read. Send fewer operations at once.")
    body = request.data
    if not isinstance(body, dict):
        raise _refused("", "wrong-type", "Send an object.")
    _require_known(body, _MEMBERS, "")
    cursor, device = body.get("cursor"), body.get("device")
    limit: Any = body.get("limit", CHANGES_MOST)
    if cursor is not None and not isinstance(cursor, str):
        raise _refused("/cursor", "wrong-type", "Send a text in double quotes, or null.")
    if not _is_whole(limit) or not 1 <= limit <= CHANGES_MOST:
        raise _refused("/limit", "invalid-limit", f"Send a whole number from 1 to {CHANGES_MOST}.")
    operations = _operations(body.get("operations", []))
    if device is None and operations:
        raise _refused("/device", "device-missing", "Say which device sends these operations.")
    if device is not None and not (isinstance(device, str) and _DEVICE.fullmatch(device)):
        raise _refused("/device", "invalid", "Send 1 to 64 letters, digits, hyphens or underscores.")
    return SyncBody(cursor, device or "", operations, int(limit))


def require_write_scope(request: Request) -> None:
    """Refuse operations of a token that only reads.

    Raises:
        PermissionDenied: it lacks `todos/write`.
    """
    if "todos/write" not in principal_in(request).scopes:
        raise PermissionDenied("The token lacks the scope todos/write.", code="insufficient-scope")


def _operations(sent: Any) -> list[dict[str, Any]]:
    if not isinstance(sent, list):
        raise _refused("/operations", "wrong-type", "Send a list.")
    if len(sent) > OPERATIONS_MOST:
        raise _refused("/operations", "too-many", f"Send at most {OPERATIONS_MOST} operations at once.")
    groups: list[Any] = []
    for number, operation in enumerate(sent):
        _check_operation(operation, f"/operations/{number}")
        group = operation.get("group")
        if not groups or groups[-1] != group:
            if group is not None and group in groups:
                detail = "Send the operations of a group one after the other."
                raise _refused(f"/operations/{number}/group", "group-split", detail)
            groups.append(group)
    return sent


def _check_operation(sent: Any, pointer: str) -> None:
    if not isinstance(sent, dict):
        raise _refused(pointer, "wrong-type", "Send an object.")
    _require_known(sent, _OPERATION, pointer)
    for name in ("id", "target"):
        try:
            require_uuid(sent.get(name))
        except ValueRefused as error:
            raise _refused(f"{pointer}/{name}", error.code, str(error)) from error
    kind, group = sent.get("kind"), sent.get("group")
    base: Any = sent.get("base")
    if not isinstance(kind, str) or len(kind) > KIND_LENGTH_MOST:
        raise _refused(f"{pointer}/kind", "invalid", f"Send a text of up to {KIND_LENGTH_MOST} characters.")
    if not _is_whole(base) or not 0 <= base <= VERSION_MOST:
        detail = "Send the version up to which the device had seen the account."
        raise _refused(f"{pointer}/base", "invalid", detail)
    sent["base"] = int(base)
    if not isinstance(sent.get("set", {}), dict):
        raise _refused(f"{pointer}/set", "wrong-type", "Send an object.")
    if group is not None and not (isinstance(group, str) and 0 < len(group) <= GROUP_LENGTH_MOST):
        detail = f"Send a text of up to {GROUP_LENGTH_MOST} characters, or null."
        raise _refused(f"{pointer}/group", "invalid", detail)


def _is_whole(value: Any) -> bool:
    """Whether JSON means a whole number: 1.0 is one."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()
    )


def _require_known(sent: Mapping[str, Any], known: set[str], pointer: str) -> None:
    if sent.keys() <= known:
        return
    for name in sent:
        if name not in known:
            step = name[:100].replace("~", "~0").replace("/", "~1")
            detail = f"Unknown field. Known are: {', '.join(sorted(known))}."
            raise _refused(f"{pointer}/{step}", "unknown-field", detail)


def _refused(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
