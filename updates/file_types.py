"""What a file is by its bytes, against what its name says; and the type that it is served with. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from updates.models import ArtifactKind

HEAD_BYTES = 512
TAIL_BYTES = 512
OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class FileType:
    """What files of an ending begin with (at `offset`), or, of a disk image, end with."""

    says: str
    magic: bytes
    offset: int = 0
    is_at_end: bool = False
    content_type: str = OCTETS


_ZIP = FileType("a ZIP archive", b"PK\x03\x04", content_type="application/zip")
_GZIP = FileType("a gzip file", b"\x1f\x8b", content_type="application/gzip")
_BLOCKMAP = FileType("a block map (gzip)", b"\x1f\x8b")

# Longest endings first: `.tar.gz` is no `.gz` of something.
_BY_ENDING = {
    ".appimage": FileType("an AppImage", b"AI\x02", offset=8),
    ".apk": _ZIP,
    ".blockmap": _BLOCKMAP,
    ".bz2": FileType("a bzip2 file", b"BZh"),
    ".deb": FileType("a Debian package", b"!<arch>\n"),
    ".dmg": FileType("a disk image", b"koly", is_at_end=True),
    ".exe": FileType("a Windows program", b"MZ"),
    ".gz": _GZIP,
    ".jar": _ZIP,
    ".msi": FileType("a Windows installer", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ".nupkg": _ZIP,
    ".pkg": FileType("a macOS package", b"xar!"),
    ".rpm": FileType("an RPM package", b"\xed\xab\xee\xdb"),
    ".tar": FileType("a tar archive", b"ustar", offset=257),
    ".tgz": _GZIP,
    ".whl": _ZIP,
    ".xz": FileType("an xz file", b"\xfd7zXZ\x00"),
    ".zip": _ZIP,
    ".zst": FileType("a zstd file", b"\x28\xb5\x2f\xfd", content_type="application/zstd"),
    ".7z": FileType("a 7z archive", b"7z\xbc\xaf\x27\x1c"),
}
_INSTALLERS = (".exe", ".msi", ".dmg", ".pkg", ".deb", ".rpm", ".appimage", ".apk")
_SIGNATURES = (".asc", ".sig", ".minisig")


def content_type_of(file_name: str) -> str:
    """Never a type that a browser would show or run."""
    found = _find(file_name)
    return found.content_type if found else OCTETS


def kind_finding(kind: str, file_name: str) -> str:
    """What is wrong with the name of a file of this kind, in a sentence; empty when nothing is."""
    name = file_name.lower()
    if kind == ArtifactKind.BLOCKMAP and not name.endswith(".blockmap"):
        return "A block map ends in .blockmap."
    if kind == ArtifactKind.SIGNATURE and not name.endswith(_SIGNATURES):
        return f"A signature ends in {', '.join(_SIGNATURES)}."
    if kind == ArtifactKind.INSTALLER and not name.endswith(_INSTALLERS):
        return f"An installer ends in {', '.join(_INSTALLERS)}. Choose “whole application” for an archive."
    return ""


def is_patch(file_name: str) -> bool:
    """Whether a difference is one of bsdiff, which can be applied here."""
    return file_name.lower().endswith(".patch")


def content_finding(file_name: str, *, head: bytes, tail: bytes) -> str:
    """What is wrong with the bytes of a file of this name, in a sentence; empty when nothing is."""
    found = _find(file_name)
    if found is None:
        return ""
    where = tail[-TAIL_BYTES:] if found.is_at_end else head[found.offset :]
    if where.startswith(found.magic):
        return ""
    return f"The name says {found.says}, the bytes are something else."


def _find(file_name: str) -> FileType | None:
    name = file_name.lower()
    return next((found for ending, found in _BY_ENDING.items() if name.endswith(ending)), None)
