"""What was done already, so that a second start need not do it again."""

from __future__ import annotations

import shutil
from pathlib import Path


class Stamps:
    """One small file a step, holding the fingerprint of what the step was done with."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "stamps"

    def is_current(self, step: str, fingerprint: str) -> bool:
        """Whether the step was done with exactly this."""
        path = self._directory / step
        return path.is_file() and path.read_text() == fingerprint

    def put(self, step: str, fingerprint: str) -> None:
        """The step is done."""
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / step).write_text(fingerprint)

    def forget_all(self) -> None:
        """Nothing is done: the data that the steps made is gone."""
        shutil.rmtree(self._directory, ignore_errors=True)
