"""Files of releases on the disk, as they were verified, for as long as something is made of them."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from django.conf import settings

from chassis import objects
from updates.deltas import DoesNotApply
from updates.inflated import unpacked
from updates.models import Artifact


class Workbench:
    """A directory that goes at the end; each file is fetched once, in the memory of a block."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="quartet-deltas-")
        self._fetched: dict[tuple[str, bool], Path] = {}

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._directory.cleanup()

    def path(self, name: str) -> Path:
        """Where something may be put."""
        return Path(self._directory.name) / name

    def fetch(self, artifact: Artifact, *, is_unpacked: bool = False) -> Path:
        """The bytes of a file, or of the tar inside of it.

        Raises:
            DoesNotApply: they are gone, or others, or there is no room for them.
            Unavailable: the store does not answer.
        """
        key = (artifact.sha256, is_unpacked)
        if key not in self._fetched:
            path = self.path(f"{len(self._fetched)}.bin")
            try:
                _write(path, artifact, is_unpacked=is_unpacked)
            except objects.ObjectGone as error:
                raise DoesNotApply(f"The bytes of {artifact.file_name} are gone.") from error
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                raise DoesNotApply("There is no room on the disk for both files.") from error
            self._fetched[key] = path
        return self._fetched[key]


def _write(path: Path, artifact: Artifact, *, is_unpacked: bool) -> None:
    digest = hashlib.sha256()
    place = {"bucket": settings.S3_UPLOADS_BUCKET, "key": artifact.upload_key}
    blocks = _noted(objects.read_blocks(**place, etag=artifact.upload_etag), digest.update)
    with path.open("wb") as file:
        file.writelines(unpacked(blocks) if is_unpacked else blocks)
    if digest.hexdigest() != artifact.sha256:
        raise DoesNotApply(f"{artifact.file_name} has other bytes now.")


def _noted(blocks: Iterable[bytes], note: Callable[[bytes], None]) -> Iterator[bytes]:
    for block in blocks:
        note(block)
        yield block
