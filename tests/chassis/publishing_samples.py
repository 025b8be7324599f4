"""Something to publish: a shelf, which is a JSON file, so that other processes see the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group

from chassis import publishing
from chassis.errors import FieldError
from chassis.models import PublishJob
from chassis.publishing import CacheRule, Plan, PublicationRefused, PublicCopy, PublicFile


def plan_shelf(argument: str) -> Plan:
    """What the file at `argument` says now."""
    shelf = json.loads(Path(argument).read_text())
    if "refused" in shelf:
        errors = [FieldError("/cover", "alt-text", shelf["refused"])]
        raise PublicationRefused("The shelf is not ready.", errors=errors)
    if "broken" in shelf:
        raise RuntimeError(shelf["broken"])
    return Plan(_files(shelf), shelf.get("removals", ()))


def _files(shelf: dict[str, Any]) -> Iterator[PublicFile | PublicCopy]:
    for key, file in shelf["files"].items():
        if "copy_of" in file:
            yield PublicCopy(key, content_type="application/octet-stream", **file["copy_of"])
        else:
            content_type = file.get("type", "text/html; charset=utf-8")
            yield PublicFile(key, file["text"].encode(), content_type, CacheRule[file.get("rule", "PAGE")])


def note_published(job: PublishJob) -> None:
    """A row of the service, which cannot be made twice."""
    Group.objects.create(name=f"published {job.pk}")


def note_failed(job: PublishJob) -> None:
    """As for what was published."""
    Group.objects.create(name=f"failed {job.pk}")


publishing.register("shelf", plan=plan_shelf, published=note_published, failed=note_failed)


class Shelf:
    """A shelf with keys of its own, in a scope of its own."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.scope = name
        self.content: dict[str, Any] = {"files": {}}
        self._write()

    def key(self, name: str) -> str:
        """The key of one of its files."""
        return f"{self.scope}/{name}"

    def put(self, name: str, text: str, **file: str) -> None:
        """Put something on it, or something else in its place."""
        self.content["files"][self.key(name)] = {"text": text, **file}
        self._write()

    def copy(self, name: str, body: bytes, **source: Any) -> None:
        """Put a copy of an object on it."""
        digest = hashlib.sha256(body).hexdigest()
        copy_of = {"sha256": digest, "size": len(body), **source}
        self.content["files"][self.key(name)] = {"copy_of": copy_of}
        self._write()

    def take(self, name: str) -> None:
        """Take something off it."""
        self.content["files"].pop(self.key(name), None)
        self.content.setdefault("removals", []).append(self.key(name))
        self._write()

    def set(self, **content: Any) -> None:
        """Whatever else."""
        self.content.update(content)
        self._write()

    def request(self, by: str = "alice") -> PublishJob:
        """Have it published."""
        return publishing.request(
            kind="shelf", argument=str(self.path), scope=self.scope, title="The shelf", requested_by=by
        )

    def _write(self) -> None:
        self.path.write_text(json.dumps(self.content))


MakeShelf = Callable[[], Shelf]
