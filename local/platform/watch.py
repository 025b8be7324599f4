"""Which files changed? By looking at their times: works on every system and every kind of mount."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_LEFT_OUT = {"__pycache__", "node_modules", ".git", ".venv"}
# What a process holds in memory: code, and templates, which are cached.
_CODE = {".py", ".html", ".txt"}


class Watch:
    """Remembers the state of some files and tells what changed since it was last asked."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(roots)
        self._state = self._look()

    def changed(self) -> Path | None:
        """A file that was written, added or removed since the last call."""
        state = self._look()
        before, self._state = self._state, state
        different = dict(state.items() ^ before.items())
        return min(different, default=None)

    def _look(self) -> dict[Path, tuple[int, int]]:
        state = {}
        for path in files_below(self._roots):
            if path.suffix in _CODE:
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue
                state[path] = (found.st_mtime_ns, found.st_size)
        return state


def files_below(roots: Iterable[Path]) -> Iterator[Path]:
    """The files in some directories and below them, and the files that are named themselves."""
    for root in roots:
        if root.is_file():
            yield root
        elif root.is_dir():
            yield from files_below(child for child in root.iterdir() if child.name not in _LEFT_OUT)


def fingerprint(roots: Iterable[Path], *facts: str) -> str:
    """A hash of the content of files and of further facts: the same only if nothing changed."""
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode() + b"\0")
    for path in sorted(files_below(roots)):
        digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
