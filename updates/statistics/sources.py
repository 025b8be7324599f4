"""Where the edge's logs are: files beside us, or objects below a prefix of a bucket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from chassis.objects import read_blocks, walk_objects
from updates.packed import BLOCK_BYTES, unpacked

LINE_BYTES_MOST = 1024**2
_LISTED_AT_ONCE = 1000


class Source(NamedTuple):
    """A log: its name, its lines, and whether it grows no more."""

    name: str
    lines: Callable[[], Iterator[bytes]]
    is_final: bool


def sources_of(place: str, *, known_of: Callable[[Collection[str]], Collection[str]]) -> Iterator[Source]:
    """The logs at a place, oldest first; of those that grow no more only the ones that are not known yet.

    `place` is `s3://bucket/prefix`, a directory or a file; a file's predecessor (`access.log.1`) comes first.
    `known_of` says which of many names are known.
    """
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        listed = walk_objects(bucket=bucket, prefix=prefix)
        while objects := {f"s3://{bucket}/{one.key}": one for one in islice(listed, _LISTED_AT_ONCE)}:
            known = known_of(objects)
            for name, found in objects.items():
                if name not in known:
                    yield Source(name, _object_lines(bucket, found.key, found.etag), is_final=True)
        return
    for path in _files(Path(place)):
        yield file_source(path)


def file_source(path: Path) -> Source:
    """One file."""
    return Source(path.name, lambda: lines_of(_blocks(path)), is_final=False)


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their ends, out of blocks that are packed by gzip or not; a packed file may be cut short."""
    rest = b""
    for block in unpacked(blocks):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LINE_BYTES_MOST:
            yield rest + b"\n"
            rest = b""
    if rest:
        yield rest


def _object_lines(bucket: str, key: str, etag: str) -> Callable[[], Iterator[bytes]]:
    def lines() -> Iterator[bytes]:
        for line in lines_of(read_blocks(bucket=bucket, key=key, etag=etag)):
            # Nobody writes on: the last line is whole, too.
            yield line if line.endswith(b"\n") else line + b"\n"

    return lines


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        found = [path for path in place.iterdir() if path.is_file() and not path.name.startswith(".")]
        return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))
    before = place.with_name(f"{place.name}.1")
    return [path for path in (before, place) if path.is_file()]


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
