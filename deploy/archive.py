"""A zip whose bytes depend on its contents alone: no times, no user, no order of a file system."""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

# Zappa writes when, where and by whom a package was built.
_DROPPED = {"package_info.json"}
_TIME = (1980, 1, 1, 0, 0, 0)
# Nothing in a function's directory is written; libraries of machine code are loaded as programs are.
_MODE, _MODE_OF_LIBRARIES = 0o100444, 0o100555
# Of an entry's head, the lengths of its name and of what follows the name.
_LENGTHS = struct.Struct("<26xHH")


def pack(directory: Path, path: Path) -> None:
    """Pack all files below a directory."""
    with zipfile.ZipFile(path, "w") as target:
        for file in sorted(file for file in directory.rglob("*") if file.is_file()):
            entry = _entry(file.relative_to(directory).as_posix())
            target.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def make_reproducible(path: Path, *others: Path) -> str:
    """Write the zip anew, sorted, with fixed times and modes; its SHA-256 in hexadecimal digits.

    What is in `others` and not in the zip goes into it, too.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    with ExitStack() as stack:
        sources: dict[str, tuple[zipfile.ZipFile, BinaryIO]] = {}
        for one in reversed([path, *others]):
            file = stack.enter_context(one.open("rb"))
            archive = stack.enter_context(zipfile.ZipFile(file))
            sources.update(dict.fromkeys(archive.namelist(), (archive, file)))
        target_file = stack.enter_context(unfinished.open("w+b"))
        target = stack.enter_context(zipfile.ZipFile(target_file, "w"))
        for name in sorted(filter(_is_wanted, sources)):
            source, source_file = sources[name]
            found = source.getinfo(name)
            if found.compress_type == zipfile.ZIP_DEFLATED:
                _copy(found, source_file, target_file, target)
            else:
                target.writestr(_entry(name), source.read(found), zipfile.ZIP_DEFLATED)
    os.replace(unfinished, path)
    return digest_of(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_wanted(name: str) -> bool:
    # Zappa takes a directory of compiled files for a package that lacks its __init__.py.
    return name not in _DROPPED and not name.endswith(("/", "__pycache__/__init__.py"))


def _copy(
    found: zipfile.ZipInfo, source_file: BinaryIO, target_file: BinaryIO, target: zipfile.ZipFile
) -> None:
    """Copy one entry, compressed as it is: to do that again takes most of the time of a package."""
    entry = _entry(found.filename)
    source_file.seek(found.header_offset)
    source_file.seek(sum(_LENGTHS.unpack(source_file.read(_LENGTHS.size))), os.SEEK_CUR)
    target.writestr(entry, source_file.read(found.compress_size), zipfile.ZIP_STORED)
    # What was written is no file as it is, but one that was compressed before: its head says so.
    entry.compress_type, entry.file_size, entry.CRC = zipfile.ZIP_DEFLATED, found.file_size, found.CRC
    target_file.seek(entry.header_offset)
    target_file.write(entry.FileHeader())
    target_file.seek(target.start_dir)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = 3  # Unix, so that the mode counts
    is_library = name.endswith(".so") or ".so." in name
    entry.external_attr = (_MODE_OF_LIBRARIES if is_library else _MODE) << 16
    return entry
