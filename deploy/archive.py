"""A zip whose bytes depend on its contents alone: no times, no user, no order of a file system."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

# Zappa writes when, where and by whom a package was built.
_DROPPED = {"package_info.json"}
_TIME = (1980, 1, 1, 0, 0, 0)
# Nothing in a function's directory is written; libraries of machine code are loaded as programs are.
_MODE, _MODE_OF_LIBRARIES = 0o100444, 0o100555


def make_reproducible(path: Path) -> str:
    """Write the zip anew, sorted, with fixed times and modes; its SHA-256 in hexadecimal digits."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(unfinished, "w") as target:
        for name in sorted({*source.namelist()} - _DROPPED):
            # Zappa takes a directory of compiled files for a package that lacks its __init__.py.
            if not name.endswith(("/", "__pycache__/__init__.py")):
                target.writestr(_entry(name), source.read(name), zipfile.ZIP_DEFLATED)
    os.replace(unfinished, path)
    return digest_of(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = 3  # Unix, so that the mode counts
    is_library = name.endswith(".so") or ".so." in name
    entry.external_attr = (_MODE_OF_LIBRARIES if is_library else _MODE) << 16
    return entry
