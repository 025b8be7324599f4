"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_secret_file(path: Path, content: bytes) -> bool:
    """Write a new file of mode 600. False, and nothing changed, where it is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # A link fails where the name is taken: of two processes that start together one wins, and
        # neither ever reads half a file.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def read_or_create_secret(path: Path) -> str:
    """The secret kept in a file, made at random the first time."""
    if not path.exists():
        write_secret_file(path, secrets.token_urlsafe(64).encode())
    return path.read_text().strip()
