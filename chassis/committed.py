"""Files of the repository that are printed from the code, and the check that they still are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.core.management.base import CommandError


@dataclass(frozen=True)
class Printed:
    """A file that is never edited by hand: where it stands, and what the code says it holds."""

    path: Path
    text: str

    def is_current(self) -> bool:
        """Whether the committed file equals what the code says."""
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text

    def write(self) -> None:
        """Put the text in its place."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text, encoding="utf-8")


def write_or_check(files: list[Printed], *, root: Path, check: bool, command: str) -> str:
    """Write the files, or only compare them; one sentence about what was done.

    Raises:
        CommandError: `check`, and at least one file is not what the code says.
    """
    stale = [file for file in files if not file.is_current()]
    names = ", ".join(file.path.relative_to(root).as_posix() for file in stale)
    if check and stale:
        raise CommandError(f"Not what the code says: {names}. Run `python manage.py {command}` and commit.")
    for file in stale:
        file.write()
    return f"Wrote {names}." if stale else f"All as the code says ({len(files)})."
