"""What was made of the same before is not made again: it is kept under the hash of what it was made of."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

_KEPT_MOST = 12


def kept(directory: Path, make: Callable[[Path], object]) -> Path:
    """The directory, filled by `make` when it is not there; older ones beside it go when they are many.

    Two may be at it at once: each makes its own, and the first one's is taken.
    """
    if directory.is_dir():
        os.utime(directory)
        return directory
    unfinished = directory.with_name(f"{directory.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    make(unfinished)
    try:
        unfinished.rename(directory)
    except OSError:
        if not directory.is_dir():
            raise
        shutil.rmtree(unfinished)
    by_age = sorted(directory.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[_KEPT_MOST:]:
        shutil.rmtree(old, ignore_errors=True)
    return directory


def hash_of(*parts: str | Path) -> str:
    """Of texts, files, and directories with the names and bytes of all that is below them."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:16]


def _pieces(part: str | Path) -> Iterable[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif part.is_file():
        yield part.read_bytes()
    else:
        for path in sorted(path for path in part.rglob("*") if path.is_file()):
            yield path.relative_to(part).as_posix().encode()
            yield path.read_bytes()
