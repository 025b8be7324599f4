"""What a file is for, by its name. What is guessed can be said instead."""

from __future__ import annotations

import re

_SYSTEMS = [
    (r"darwin|mac(?!h)|osx|\.dmg$|\.pkg$", "macos"),
    (r"(?<!dar)win|\.exe$|\.msi$|\.nupkg$", "windows"),
    (r"linux|\.deb$|\.rpm$|appimage$", "linux"),
]
_ARCHITECTURES = [
    (r"arm64|aarch64", "arm64"),
    (r"x86[_-]64|x64|amd64", "x86_64"),
    (r"universal", "universal"),
    (r"x86|i[36]86|ia32", "x86"),
]
_KINDS = [
    (r"\.blockmap$", "blockmap"),
    (r"\.(sig|asc|minisig)$", "signature"),
    (r"\.(patch|delta)$|delta\.nupkg$", "delta"),
    (r"\.(exe|msi|dmg|pkg|deb|rpm|apk|appimage)$", "installer"),
]


def guess(name: str) -> dict[str, str]:
    """System, processor and kind of a file of this name."""
    lower = name.lower()
    return {
        "operating_system": _first(_SYSTEMS, lower, "any"),
        "architecture": _first(_ARCHITECTURES, lower, "any"),
        "kind": _first(_KINDS, lower, "full"),
    }


def _first(rules: list[tuple[str, str]], name: str, otherwise: str) -> str:
    return next((value for pattern, value in rules if re.search(pattern, name)), otherwise)
