"""What can be wrong with publishing, beside the chassis's own errors."""

from __future__ import annotations

from chassis.errors import Conflict, DomainError, Unavailable


class PublicationRefused(DomainError):
    """Raised by a plan: it must not be published as it is. `errors` says what to mend; nothing is written."""

    code = "publication-refused"
    title = "This cannot be published as it is."


class ImmutableConflict(Conflict):
    """A key that is written once holds, or has held, other bytes. Copies of them live for a year."""

    code = "immutable-conflict"
    title = "A file of this name was published with other bytes."


class KeyOfAnotherScope(Conflict):
    """A plan names a key that another scope publishes: the two would not wait for each other."""

    code = "key-of-another-scope"
    title = "This file belongs to another publisher."


class SourceChanged(Conflict):
    """The file to be copied is not the one that was checked, or is gone."""

    code = "source-changed"
    title = "The file to be published has changed since it was checked."


class DirectoryTaken(Conflict):
    """Files are to be written into a directory that has others."""

    code = "directory-taken"
    title = "This directory has something else in it."


class NotServed(Unavailable):
    """The public address did not serve the new files in time; `keys` says which."""

    code = "not-served"
    title = "The public address does not serve the new files yet."

    def __init__(self, detail: str, *, keys: list[str]) -> None:
        self.keys = keys
        super().__init__(detail)


class LeaseLost(Exception):
    """Another worker took over the scope, because this one did not show itself in time."""
