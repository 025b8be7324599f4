"""Reading the logs of web servers: which format, line after line, in little memory and time.

Lines are matched a block at a time by one expression of the `re` module, which is what makes a gigabyte
take seconds; a line that does not fit costs its own second look and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO

from updates.packed import BLOCK_BYTES, unpacked

LINE_BYTES_MOST = 64 * 1024
_SAMPLE_LINES = 200
_MONTHS = {name: number for number, name in enumerate(
    (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
)}  # fmt: skip

# (time, client, method, target, status, bytes of the body); absent ones are empty.
Request = tuple[bytes, bytes, bytes, bytes, bytes, bytes]


@dataclass(frozen=True)
class Format:
    """A kind of log: its name for people, and the expression for one line."""

    name: str
    line: re.Pattern[bytes]


# “combined” and “common” of nginx and Apache, with a virtual host before it or not. Whatever follows the
# bytes (referer, agent, more of one's own) is left alone.
_COMBINED = re.compile(
    rb'^(?:[^ \n]+:\d+ )?([^ \n]+) [^ \n]+ [^\n\["]*\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] '
    rb'"([A-Z]+) ([^ "\n]+)[^"\n]*" (\d{3}) (\d+|-)[^\n]*$',
    re.MULTILINE,
)
_S3 = re.compile(
    rb"^[0-9a-f-]+ [^ \n]+ \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] ([^ \n]+) [^ \n]+ [^ \n]+ "
    rb'REST\.([A-Z]+)\.[^ \n]+ [^ \n]+ "[A-Z]+ ([^ "\n]+)[^"\n]*" (\d{3}) [^ \n]+ (\d+|-)[^\n]*$',
    re.MULTILINE,
)
_ALB = re.compile(
    rb"^(?:https?|h2|grpcs?|wss?) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.\dZ]* [^ \n]+ ([^ \n]+) [^ \n]+ "
    rb"[^ \n]+ [^ \n]+ [^ \n]+ (\d{3}) [^ \n]+ [^ \n]+ (\d+) "
    rb'"([A-Z]+) https?://[^/ "\n]*([^ "\n]*)[^"\n]*"[^\n]*$',
    re.MULTILINE,
)
# Which group is the time, client, method, target, status, bytes.
_ORDERS = {"combined": (1, 0, 2, 3, 4, 5), "S3": (0, 1, 2, 3, 4, 5), "ALB": (0, 1, 4, 5, 2, 3)}
FORMATS = (Format("combined", _COMBINED), Format("S3", _S3), Format("ALB", _ALB))


class UnknownFormat(ValueError):
    """No line of the beginning is of a format that is known."""


@dataclass
class Reading:
    """How reading a log went so far."""

    name: str
    format: str = ""
    lines: int = 0
    skipped: int = 0
    first_skipped: str = ""
    ended_early: str = ""
    bytes_read: int = 0
    bytes_most: int = 0
    order: tuple[int, ...] = field(default=())

    def end_early(self, why: str) -> None:
        """The rest cannot be read."""
        self.ended_early = why

    def findings(self) -> list[str]:
        """What was wrong, each in a sentence with what shows it."""
        found = []
        if self.skipped:
            found.append(
                f"{self.name}: {self.skipped} of {self.lines} lines are no {self.format} line and were left "
                f"out; the first: {self.first_skipped}"
            )
        if self.ended_early:
            found.append(
                f"{self.name}: cut short after line {self.lines} ({self.ended_early}); the rest counts"
            )
        return found


def read_blocks(
    path: Path, reading: Reading, *, progress: Callable[[Reading], object] = lambda _: None
) -> Iterator[list[tuple[bytes, ...]]]:
    """Blocks of matched lines, their groups in the order `reading.order`; packed by gzip or not.

    Raises:
        UnknownFormat: the first line says what it looks like instead.
        OSError: it cannot be read.
    """
    reading.bytes_most = path.stat().st_size
    with path.open("rb") as file:
        chosen: Format | None = None
        for text in _whole_lines(unpacked(_blocks(file, reading), cut_short=reading.end_early)):
            if chosen is None:
                chosen = format_of(text, path.name)
                reading.format, reading.order = chosen.name, _ORDERS[chosen.name]
            found = chosen.line.findall(text)
            lines = text.count(b"\n") + (not text.endswith(b"\n"))
            if len(found) != lines:
                _note_skipped(reading, chosen, text, lines - len(found))
            reading.lines += lines
            progress(reading)
            yield found


def format_of(text: bytes, name: str) -> Format:
    """The format that most of the first lines have.

    Raises:
        UnknownFormat: none has.
    """
    sample = b"\n".join(text.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    counts = [(len(one.line.findall(sample)), one) for one in FORMATS]
    most, chosen = max(counts, key=lambda pair: pair[0])
    if most == 0:
        first = next((line for line in text.split(b"\n") if line.strip()), b"")
        raise UnknownFormat(
            f"{name}: this is none of the formats that are known (combined of nginx and Apache, ALB, S3). "
            f"Its first line: {_shown(first)}"
        )
    return chosen


def _note_skipped(reading: Reading, chosen: Format, text: bytes, count: int) -> None:
    lines = text.split(b"\n")
    blank = sum(not line.strip() for line in lines) - text.endswith(b"\n")
    # The head of a W3C log, and empty lines, are nobody's loss.
    count -= blank
    if count <= 0:
        return
    if not reading.skipped:
        for number, line in enumerate(lines, reading.lines + 1):
            if line.strip() and not chosen.line.match(line):
                reading.first_skipped = f"line {number}: {_shown(line)}"
                break
    reading.skipped += count


def _shown(line: bytes) -> str:
    text = line[:120].decode("utf-8", "replace")
    return "".join(sign if sign.isprintable() else "·" for sign in text)


def _blocks(file: IO[bytes], reading: Reading) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        reading.bytes_read += len(block)
        yield block


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks that end where a line ends; a line without end is cut."""
    rest = b""
    for block in blocks:
        text = rest + block
        cut = text.rfind(b"\n") + 1
        if not cut and len(text) > LINE_BYTES_MOST:
            cut = len(text)
        rest = text[cut:]
        if cut:
            yield text[:cut]
    if rest:
        yield rest


@lru_cache(maxsize=4096)
def seconds_of(stamp: bytes) -> int:
    """A time of a log in seconds since 1970, whatever its zone; ALB's are UTC.

    Raises:
        ValueError: it is no time, such as the 31st of February.
    """
    if stamp[2:3] == b"/":
        day, month, year = int(stamp[:2]), _MONTHS[stamp[3:6]], int(stamp[7:11])
        moment = datetime(year, month, day, int(stamp[12:14]), int(stamp[15:17]), int(stamp[18:20]))
        shift = int(stamp[22:24]) * 3600 + int(stamp[24:26]) * 60
        return _epoch(moment) - (shift if stamp[21:22] == b"+" else -shift)
    return _epoch(datetime.fromisoformat(stamp.decode("ascii")))


def _epoch(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1)).total_seconds())
