"""Reads `todos.txt`, and makes the files of the demo world: nothing is written here."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

_SOURCE = Path(__file__).with_name("todos.txt")
_FILES = Path(__file__).with_name("files")
_CONTENT_TYPES = {".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8"}
# The identifiers' time (RFC 9562, section 5.7) is the same in every demo world: 1 January 2026.
_EPOCH_MILLISECONDS = 1_767_225_600_000
_COLOURS = ("#1f5fa8", "#1d7a46", "#a06a34", "#8b3fa0", "#b3261e")
_PICTURES = {
    "alice": {"pictures/tiles-blue.png": ("#f4f1e8", "#1f5fa8", "#7db4f0", "#123a66")},
    "bob": {"pictures/tiles-oak.png": ("#f3e5cf", "#a06a34", "#c99554", "#6e4520")},
    "carol": {"pictures/tiles-green.png": ("#eef4ee", "#1d7a46", "#5fd08d", "#0f4a2a")},
}


@dataclass(frozen=True)
class DemoTodo:
    """One line of `todos.txt`."""

    id: UUID
    title: str
    notes: str = ""
    due_in_days: int | None = None
    priority: int | None = None
    tags: tuple[str, ...] = ()
    is_done: bool = False
    attachment: str = ""

    def due_on(self, today: date) -> date | None:
        """The due date, seen from today."""
        return None if self.due_in_days is None else today + timedelta(days=self.due_in_days)


@dataclass
class DemoList:
    """One heading of `todos.txt` with its lines."""

    id: UUID
    person: str
    name: str
    colour: str
    todos: list[DemoTodo] = field(default_factory=list)


@dataclass(frozen=True)
class DemoFile:
    """A file in somebody's folder."""

    person: str
    key: str
    content_type: str
    content: bytes


def read_lists() -> list[DemoList]:
    """All lists of the demo world, in the order of the file."""
    lists: list[DemoList] = []
    for line in _SOURCE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            person, name = line[1:].split("] ", 1)
            colour = _COLOURS[len(lists) % len(_COLOURS)]
            lists.append(DemoList(fixed_uuid7(f"list {person} {name}"), person, name, colour))
        else:
            lists[-1].todos.append(_read_todo(line, of=lists[-1]))
    return lists


def fixed_uuid7(name: str) -> UUID:
    """A UUIDv7 that is the same for the same name, so that making the world twice changes nothing."""
    random_bits = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    value = (_EPOCH_MILLISECONDS << 80) | random_bits
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def make_files() -> Iterator[DemoFile]:
    """The files of the people: those below `files/`, and pictures."""
    for path in sorted(_FILES.rglob("*.*")):
        person, *below = path.relative_to(_FILES).parts
        yield DemoFile(person, "/".join(below), _CONTENT_TYPES[path.suffix], path.read_bytes())
    for person, pictures in _PICTURES.items():
        for key, colours in pictures.items():
            yield DemoFile(person, key, "image/png", _tiles(colours))


def _read_todo(line: str, *, of: DemoList) -> DemoTodo:
    text, _, notes = line.partition(" // ")
    title: list[str] = []
    due_in_days = priority = None
    tags: list[str] = []
    is_done = False
    attachment = ""
    for word in text.split(" "):
        if word.startswith("@"):
            due_in_days = int(word[1:])
        elif word.startswith("!"):
            priority = int(word[1:])
        elif word.startswith("#"):
            tags.append(word[1:])
        elif word.startswith("^"):
            attachment = word[1:]
        elif word == "done":
            is_done = True
        else:
            title.append(word)
    name = " ".join(title)
    return DemoTodo(
        fixed_uuid7(f"todo {of.person} {of.name} {name}"),
        name,
        notes,
        due_in_days,
        priority,
        tuple(tags),
        is_done,
        attachment,
    )


def _tiles(colours: tuple[str, ...]) -> bytes:
    """A pattern of tiles, as on the walls of Lisbon."""
    from PIL import Image, ImageDraw

    side, count = 40, 8
    picture = Image.new("RGB", (side * count, side * count), colours[0])
    draw = ImageDraw.Draw(picture)
    for row in range(count):
        for column in range(count):
            left, top = column * side, row * side
            colour = colours[1 + (row + column) % (len(colours) - 1)]
            draw.ellipse((left + 4, top + 4, left + side - 4, top + side - 4), fill=colour)
            draw.polygon(
                [(left + 20, top + 10), (left + 30, top + 20), (left + 20, top + 30), (left + 10, top + 20)],
                fill=colours[0],
            )
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
