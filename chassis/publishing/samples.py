"""Which files the receipt is asked for: what names others, and a few of the rest."""

from __future__ import annotations

from chassis.publishing.files import PublicCopy
from chassis.publishing.objects import Outgoing
from chassis.publishing.receipts import Expected

POINTERS = 40
COPIES = 20
LEAVES = 10
REMOVED = 10
UNCHANGED = 5


class Samples:
    """The first of each kind, as the job comes by them."""

    def __init__(self) -> None:
        self._written: dict[str, list[Expected]] = {"pointers": [], "copies": [], "leaves": [], "removed": []}
        self._new_leaves: list[Expected] = []
        self._unchanged: list[Expected] = []

    def add(self, wanted: Outgoing, etag: str, *, is_written: bool, is_new: bool) -> None:
        """A file that is in the bucket now: written by this job, or as it was.

        `is_new`: the key held nothing before, so that at worst the edge remembers that.
        """
        expected = Expected(wanted.key, wanted.sha256, wanted.size, etag)
        if not is_written:
            _keep(self._unchanged, expected, UNCHANGED)
        elif wanted.file.rule.is_pointer:
            _keep(self._written["pointers"], expected, POINTERS)
        elif isinstance(wanted.file, PublicCopy):
            _keep(self._written["copies"], expected, COPIES)
        else:
            _keep(self._written["leaves"], expected, LEAVES)
        if is_written and not wanted.file.rule.is_pointer and (is_new or wanted.file.is_write_once):
            _keep(self._new_leaves, expected, COPIES)

    def add_removed(self, key: str) -> None:
        """A key that is gone."""
        _keep(self._written["removed"], Expected(key), REMOVED)

    def new_leaves(self) -> list[Expected]:
        """What is to be served before anything names it."""
        return self._new_leaves

    def expected(self) -> list[Expected]:
        """What is to be served at the end. Of a job that changed nothing: what it would have written."""
        return [one for kind in self._written.values() for one in kind] or self._unchanged


def _keep(sample: list[Expected], expected: Expected, most: int) -> None:
    if len(sample) < most:
        sample.append(expected)
