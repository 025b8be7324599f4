"""Secrets of one desk: made once, kept in its directory for the owner alone."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = (
    "SECRET_KEY",
    "OIDC_STAFF_CLIENT_SECRET",
    "ACCOUNTS_CLIENT_SECRET",
    "TODOS_CLIENT_SECRET",
    "BLOG_CLIENT_SECRET",
    "UPDATES_CLIENT_SECRET",
    "UPDATES_KEYS_PASSPHRASE",
)


def keep_secrets(directory: Path) -> dict[str, str]:
    """The desk's secrets by variable name; those that are missing are made and kept."""
    path = directory / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    missing = [name for name in NAMES if name not in kept]
    if missing:
        kept.update({name: secrets.token_urlsafe(48) for name in missing})
        write_private(path, json.dumps(kept, indent=1))
    return kept


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone (mode 600)."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def environment_lines(environment: Mapping[str, str]) -> str:
    """`NAME='value'` lines, as `config.environment` and a shell read them.

    Raises:
        ValueError: a value that neither could read back.
    """
    for name, value in environment.items():
        if "'" in value or "\n" in value:
            raise ValueError(f"{name} has a quote or a line break: {value!r}")
    return "".join(f"{name}='{value}'\n" for name, value in sorted(environment.items()))
