"""The whole blog as files of a directory: to be looked at, or served by any other web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from blog import queries
from blog.commands.rebuilding import rendering_in
from blog.commands.site_files import take_over_between_jobs
from blog.queries.public import Selection
from blog.site import plan
from blog.site.posts import MARKDOWN, Made, finished_by

if TYPE_CHECKING:
    from chassis.publishing.directories import Directory

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Written:
    """What became of a directory."""

    files: int
    written: int
    removed: int


def write_directory(*, path: Path, processes: int, tell: Tell) -> Written:
    """Write every file of the blog into a directory, by what is public now; photos are read from the bucket.

    What is there already is left, so one that was stopped goes on; what is of this blog no longer is removed.

    Raises:
        DirectoryTaken: it has files of somebody else.
        SourceChanged: the bucket lacks a file of a photo.
        Unavailable: the store does not answer.
    """
    from chassis.publishing.directories import Directory

    take_over_between_jobs()
    count = queries.count_posts(Selection("all"))
    files = posts = 0
    putting = finished_by(partial(_put, path))
    with Directory(path) as directory, rendering_in(processes), putting:
        seen: set[str] = set()
        for made in plan.everything():
            files += _copy_photos(made, seen, directory) + 1
            if made.was_new is None:
                directory.write(made.file)
            else:
                directory.take_note(made.file.key, is_new=made.was_new)
            if made.file.content_type == MARKDOWN:
                posts += 1
                tell("posts written", posts, count)
        removed = directory.finish()
    return Written(files, directory.written, removed)


def _put(path: Path, files: list[Made]) -> list[Made]:
    """Put files there in the process that made them, and leave out what they say.

    But those that show a photo, which is to be there before.
    """
    from chassis.publishing.directories import Writer

    writer = Writer(path)
    alone = [made for made in files if not any(map(_is_photo, made.things or ()))]
    writer.note(made.file.key for made in alone)
    put = {made.file.key: replace(made, was_new=writer.write(made.file)) for made in alone}
    return [
        replace(put[made.file.key], file=replace(made.file, body=b"")) if made.file.key in put else made
        for made in files
    ]


def _is_photo(thing: str) -> bool:
    return thing.startswith("photo:")


def _copy_photos(made: Made, seen: set[str], directory: Directory) -> int:
    """What a page shows is there before it; how many files."""
    copied = 0
    for photo_id in _photos_in(made, seen):
        for key, size in queries.list_files_of(photo_id):
            directory.copy(key, size=size)
            copied += 1
    return copied


def _photos_in(made: Made, seen: set[str]) -> Iterator[UUID]:
    for thing in sorted((made.things or frozenset()) - seen):
        kind, _, value = thing.partition(":")
        if kind == "photo":
            seen.add(thing)
            yield UUID(value)
