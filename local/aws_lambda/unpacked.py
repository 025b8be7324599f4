"""A package, unpacked into a directory that nobody writes into, and the proof that nobody did."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path


def unpack(package: Path, directory: Path) -> Path:
    """The directory of this package below `directory`, made at the first time."""
    digest = hashlib.sha256(package.read_bytes()).hexdigest()[:16]
    made = directory / digest
    if made.is_dir():
        return made
    unfinished = directory / f"{digest}.unfinished"
    remove(unfinished)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(unfinished)
        for entry in archive.infolist():
            os.chmod(unfinished / entry.filename, (entry.external_attr >> 16) & 0o777)
    for path, _, _ in os.walk(unfinished):
        os.chmod(path, 0o555)  # noqa: S103 - less than there was
    unfinished.rename(made)
    return made


def remove(directory: Path) -> None:
    """Remove an unpacked package, read-only as it is."""
    for path, _, _ in os.walk(directory):
        os.chmod(path, 0o700)
    shutil.rmtree(directory, ignore_errors=True)


def fingerprint(directory: Path) -> str:
    """Names, sizes and times of everything below: another one means that something was written."""
    digest = hashlib.sha256()
    for path, directories, files in os.walk(directory):
        directories.sort()
        for name in sorted(files):
            status = os.stat(os.path.join(path, name))
            digest.update(f"{path}/{name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()
