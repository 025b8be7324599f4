"""File names of artifacts that mean the same everywhere: in an address, a key, a file system. Pure."""

from __future__ import annotations

import re
import unicodedata

from updates.models import FILE_NAME_LENGTH_MOST

_ALLOWED = re.compile(r"[A-Za-z0-9._-]", re.ASCII)
# TUF's consistent targets are read as `<sha256>.<name>`: no name may look like one.
_HASHED = re.compile(r"^[0-9a-f]{64}\.")
# Windows opens a device under these names, whatever follows the first dot.
_DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def fold(file_name: str) -> str:
    """What two names must not share, since some file systems do not tell capitals from small letters."""
    return file_name.casefold()


def name_finding(file_name: str, *, version: str) -> str:
    """What is wrong with a file name of this version, in a sentence; empty when nothing is."""
    if not file_name:
        return "Name the file."
    if len(file_name) > FILE_NAME_LENGTH_MOST:
        return f"Keep the name within {FILE_NAME_LENGTH_MOST} characters."
    for letter in file_name:
        if not _ALLOWED.fullmatch(letter):
            shown = letter if unicodedata.category(letter)[0] in "LNPS" else f"U+{ord(letter):04X}"
            return f"Leave out “{shown}”: use letters from a to z, digits, and . _ - only."
    if ".." in file_name or not file_name[0].isalnum() or file_name[-1] in ".":
        return "Begin with a letter or digit, do not end with a dot, and do not write two dots in a row."
    if _HASHED.match(file_name) or _DEVICES.match(file_name):
        return "This name has a meaning of its own somewhere. Choose another."
    if not contains_version(file_name, version):
        return f"Put the version into the name, such as app-{plain_version(version)}.zip."
    return ""


def contains_version(file_name: str, version: str) -> bool:
    """Whether a name tells this version, with `-` for a `+`, and not as a part of a longer number."""
    written = re.escape(plain_version(version))
    return re.search(rf"(?<![0-9]){written}(?![0-9])", file_name) is not None


def plain_version(version: str) -> str:
    """A version as it stands in a file name: stores read a `+` in an address as a space."""
    return version.replace("+", "-")
