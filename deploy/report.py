"""What weighs in a package, for people."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

MOST_MEGABYTES = 45
_MEGABYTE = 1024 * 1024
_NOT_COMPILED = """  Not compiled: there is no Python {python} on this machine, so each start of the function
  compiles what it imports: about five times as long. Install one, or name it with LAMBDA_PYTHON."""


def describe(path: Path, *, digest: str, is_compiled: bool, python: str, lines: int = 10) -> str:
    """Size, hash and the heaviest parts of a package."""
    packed: Counter[str] = Counter()
    unpacked: Counter[str] = Counter()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            part = entry.filename.partition("/")[0]
            packed[part] += entry.compress_size
            unpacked[part] += entry.file_size
    size, unpacked_size = path.stat().st_size / _MEGABYTE, unpacked.total() / _MEGABYTE
    text = [f"{path.name}: {size:.1f} MB, unpacked {unpacked_size:.1f} MB, sha256 {digest}"]
    for part, bytes_packed in packed.most_common(lines):
        unpacked_part = unpacked[part] / _MEGABYTE
        text.append(f"  {bytes_packed / _MEGABYTE:6.1f} MB  {part} ({unpacked_part:.1f} MB unpacked)")
    if not is_compiled:
        text.append(_NOT_COMPILED.format(python=python))
    return "\n".join(text)


def too_large(path: Path) -> str:
    """What is wrong with the size of a package, or nothing."""
    megabytes = path.stat().st_size / _MEGABYTE
    if megabytes > MOST_MEGABYTES:
        return f"{path.name} has {megabytes:.1f} MB; at most {MOST_MEGABYTES} MB are allowed."
    return ""
