"""Public files in a directory, in place of the bucket: for any other web server, or to be looked at.

A directory remembers by its list which files it was given, so that the next time those are taken away which
there are no more; and what it has of others is left alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from chassis.publishing.errors import DirectoryTaken, SourceChanged
from chassis.publishing.files import PublicFile, check_key
from chassis.storage import answering_store, s3_client

LIST = ".quartet-files"
_PART = ".quartet-part"


@dataclass(frozen=True)
class Writer:
    """Puts files into a directory, from whichever process made them; each is there whole, or as it was."""

    path: Path

    def note(self, keys: Iterable[str]) -> None:
        """Have the directory know of these, though an end by force come before it is told of them."""
        # By one write, so that no line of another process comes into the middle of one.
        with (self.path / LIST).open("ab", buffering=0) as noting:
            noting.write("".join(f"{key}\n" for key in keys).encode())

    def write(self, file: PublicFile) -> bool:
        """Put a file there, unless it has these bytes; whether it had not."""
        check_key(file.key)
        place, body = self.path / file.key, file.read()
        with suppress(FileNotFoundError):
            if place.stat().st_size == len(body) and place.read_bytes() == body:
                return False
        with self.begun(place) as part:
            part.write(body)
        self.end(place)
        return True

    def begun(self, place: Path) -> BinaryIO:
        """A file beside its place, which is made."""
        part = self._part(place)
        try:
            return part.open("wb")
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            return part.open("wb")

    def end(self, place: Path) -> None:
        """What was begun is whole."""
        self._part(place).replace(place)

    def _part(self, place: Path) -> Path:
        return place.with_name(f"{place.name}{_PART}")


class Directory:
    """A directory that is given all public files there are, here or by a `Writer` elsewhere.

    Raises:
        DirectoryTaken: it has files, and none of them was written by this.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0
        self._writer = Writer(path)
        self._list = path / LIST
        if not self._list.is_file() and path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DirectoryTaken(
                f"{path} has something else in it. Name a directory that is empty, or is not there."
            )
        path.mkdir(parents=True, exist_ok=True)
        self._known = self._listed()
        self._now: set[str] = set()

    def __enter__(self) -> Directory:
        self._write_list(self._known)
        # A line at a time, so that what was written before an end by force is known.
        self._noting = self._list.open("a", buffering=1, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._noting.close()

    def write(self, file: PublicFile) -> None:
        """Put a file there, unless it has these bytes."""
        self._note(file.key)
        self.written += self._writer.write(file)

    def take_note(self, key: str, *, is_new: bool) -> None:
        """A `Writer` has put this there."""
        self._now.add(key)
        self.written += is_new

    @answering_store()
    def copy(self, key: str, *, size: int) -> None:
        """Put an immutable file there as the bucket has it, unless one of this size is there.

        Raises:
            SourceChanged: the bucket has no such file.
            Unavailable: the store does not answer.
        """
        from botocore.exceptions import ClientError

        self._note(key)
        place = self.path / key
        with suppress(FileNotFoundError):
            if place.stat().st_size == size:
                return
        try:
            body = s3_client().get_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)["Body"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            raise SourceChanged(f"{key} is not in the bucket.") from error
        with self._writer.begun(place) as part:
            shutil.copyfileobj(body, part)
        self._writer.end(place)
        self.written += 1

    def finish(self) -> int:
        """Take away what it was given before and was not now; how many."""
        gone = self._known - self._now
        for key in gone:
            place = self.path / key
            place.unlink(missing_ok=True)
            with suppress(OSError):  # Until there is something else.
                for parent in place.relative_to(self.path).parents:
                    (self.path / parent).rmdir()
        self._write_list(self._now)
        return len(gone)

    def _listed(self) -> set[str]:
        """What it was given; of a line that is no key nothing is taken away."""
        found = set()
        for line in self._list.read_text(encoding="utf-8").splitlines() if self._list.is_file() else ():
            with suppress(ValueError):
                check_key(line)
                if (self.path / line).is_file():
                    found.add(line)
        return found

    def _write_list(self, keys: set[str]) -> None:
        with self._writer.begun(self._list) as whole:
            whole.write("".join(f"{key}\n" for key in sorted(keys)).encode())
        self._writer.end(self._list)

    def _note(self, key: str) -> None:
        check_key(key)
        self._now.add(key)
        if key not in self._known:
            self._noting.write(f"{key}\n")
