"""Files that are not the photos that their names say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from local.demo.pictures import jpeg_of, make_picture


def zip_file() -> bytes:
    """An archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"no photo")
    return file.getvalue()


def png_bomb(side: int = 30_000) -> bytes:
    """A PNG of so many pixels each side, black, in about a hundred kilobytes."""
    row = b"\0" + bytes(side // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def webp_of_extreme_size() -> bytes:
    """An extended WebP that says that it is 16 384 pixels each side."""
    side = struct.pack("<I", 16_383)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + side + side
    return b"RIFF" + struct.pack("<I", len(body)) + body


def truncated_jpeg() -> bytes:
    """The first half of a photo."""
    whole = jpeg_of(make_picture("lake", width=640, height=480))
    return whole[: len(whole) // 2]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"

# name → (bytes, the reason why it is refused)
BAD_PICTURES: dict[str, tuple[bytes, str]] = {
    "an archive": (zip_file(), "not-a-picture"),
    "an SVG": (SVG, "not-a-picture"),
    "a page": (HTML, "not-a-picture"),
    "one byte": (b"x", "not-a-picture"),
    "a TIFF": (b"II*\0" + bytes(100), "not-a-picture"),
    "a HEIC": (b"\0\0\0\x18ftypheic" + bytes(200), "heic"),
    "a PNG bomb": (png_bomb(), "too-many-pixels"),
    "a WebP bomb": (webp_of_extreme_size(), "too-many-pixels"),
    "half a JPEG": (truncated_jpeg(), "truncated"),
    "a JPEG's first bytes": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(40), "not-a-picture"),
}
