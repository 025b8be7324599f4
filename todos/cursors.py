"""Cursors of sync: opaque to clients, signed, good for one subject alone.

A cursor holds `{owner: place}`: one owner today, more when lists are shared.
"""

from __future__ import annotations

from uuid import UUID

from django.core import signing

from chassis.errors import FieldError, InvalidInput
from todos.queries import Position

_SALT = "todos.sync"
_LENGTH_MOST = 1000


def sign_position(position: Position, *, subject: str) -> str:
    """The cursor of a place in the subject's changes."""
    row = None if position.row is None else str(position.row)
    place = [position.version, row, max(position.version, position.seen)]
    return _signer(subject).sign_object({subject: place})


def read_position(cursor: str, *, subject: str) -> Position:
    """The place that a cursor of this subject names.

    Raises:
        InvalidInput: at `/cursor`: changed, of another subject, or of another deployment.
    """
    try:
        if len(cursor) > _LENGTH_MOST:
            raise ValueError
        version, row, seen = _signer(subject).unsign_object(cursor)[subject]
        return Position(version, None if row is None else UUID(row), seen)
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        detail = "Use the last cursor of sync or of a snapshot of the same account, unchanged."
        raise InvalidInput(
            f"/cursor: {detail}", errors=[FieldError("/cursor", "invalid-cursor", detail)]
        ) from error


def _signer(subject: str) -> signing.Signer:
    # A body without colons in its texts is checked more quickly (`chassis.parsers`).
    return signing.Signer(salt=f"{_SALT}:{subject}", sep=".")
