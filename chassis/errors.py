"""The tree of errors that domain code raises. It knows no HTTP; `chassis.problems` maps it.

DomainError
├── InvalidInput          what was sent cannot be read or is not allowed, field by field
├── NotFound              there is nothing of that name for this subject
├── Gone                  it was there once; whoever holds it must begin anew
├── Refused               known, but not allowed
│   └── QuotaExceeded     allowed, but the allowance is used up
├── Conflict              it contradicts what is there
│   └── IdTaken           a client chose an id that is in use
├── VersionMismatch       it has changed since the client saw it
├── UnprocessableRequest  well-formed, but it cannot mean what it says
├── TooLarge              more bytes than are read
└── Unavailable           another system does not answer; worth trying again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One finding about one field.

    `pointer` is a JSON pointer (RFC 6901) into the request's body, such as `/tags/0`, or
    `?name` for a query parameter.
    """

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """Base of all. `code` is stable and public: it is the last part of the problem's `type`."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something is wrong with this request."

    def __init__(self, detail: str = "", *, errors: Sequence[FieldError] = (), **extra: Any) -> None:
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.extra = extra
        super().__init__(self.detail)


class InvalidInput(DomainError):
    """The input is not valid; `errors` says where and what to do."""

    code = "invalid-input"
    title = "Some of the input is not valid."


class NotFound(DomainError):
    """Nothing of that name is there for this subject."""

    code = "not-found"
    title = "There is nothing here."


class Gone(DomainError):
    """What the client holds is too old to go on from."""

    code = "gone"
    title = "This is too old to go on from. Begin anew."


class Refused(DomainError):
    """The subject may not do this."""

    code = "refused"
    title = "This is not allowed."


class QuotaExceeded(Refused):
    """The subject's allowance is used up."""

    code = "quota-exceeded"
    title = "The allowance is used up."


class Conflict(DomainError):
    """The request contradicts the present state."""

    code = "conflict"
    title = "This contradicts what is there."


class IdTaken(Conflict):
    """An id chosen by the client is in use, be it under this account or another."""

    code = "id-taken"
    title = "This id is in use. Choose another."


class VersionMismatch(DomainError):
    """It has changed since the client saw it."""

    code = "version-mismatch"
    title = "It has changed since you read it. Read it again and decide anew."


class UnprocessableRequest(DomainError):
    """The request is well-formed, but it cannot mean what it says."""

    code = "unprocessable"
    title = "This request cannot be carried out as it stands."


class TooLarge(DomainError):
    """The request has more bytes than are read."""

    code = "body-too-large"
    title = "The request is too large."


class Unavailable(DomainError):
    """Another system does not answer. The same request may work later."""

    code = "unavailable"
    title = "A part that this needs does not answer. Try again later."

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 5, **extra: Any) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(detail, **extra)
