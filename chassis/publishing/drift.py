"""Whether the bucket still holds what the rows say: for whoever suspects that somebody else wrote there."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator

from django.conf import settings
from django.utils import timezone

from chassis.models import PublishedFile
from chassis.objects import walk_objects
from chassis.publishing import objects
from chassis.publishing.files import PublicFile

CHUNK = 400


def listed(*prefixes: str) -> dict[str, str]:
    """What the bucket has below these prefixes, each key with its ETag, without quotes."""
    return {
        found.key: found.etag.strip('"')
        for prefix in prefixes
        for found in walk_objects(bucket=settings.S3_PUBLIC_BUCKET, prefix=prefix)
    }


def distrust(scope: str, there: dict[str, str]) -> list[str]:
    """Have every key of a scope written anew, or removed, that is not as its row says; which.

    `there` is what was listed. A key that has no row gets one, so that a plan sees it.
    """
    rows = {row.key: row for row in PublishedFile.objects.filter(scope=scope, removed_at=None)}
    changed = [key for key, row in rows.items() if row.is_settled and there.get(key) != row.etag.strip('"')]
    for part in _parts(changed):
        PublishedFile.objects.filter(key__in=part).update(is_settled=False, changed_at=timezone.now())
    strangers = sorted(there.keys() - rows.keys())
    known = {
        key
        for part in _parts(strangers)
        for key in PublishedFile.objects.filter(key__in=part, scope=scope).values_list("key", flat=True)
    }
    for part in _parts(known):
        PublishedFile.objects.filter(key__in=part).update(is_settled=False, removed_at=None)
    PublishedFile.objects.bulk_create(
        [PublishedFile(key=key, scope=scope) for key in strangers if key not in known],
        ignore_conflicts=True,
        batch_size=CHUNK,
    )
    return sorted([*changed, *strangers])


def differing(files: Iterable[PublicFile], there: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The files that the bucket does not hold as they are to be: each key, and what is wrong."""
    for file in files:
        body = file.read()
        etag = there.get(file.key)
        if etag is None:
            yield file.key, "missing"
        # The ETag of what was put at once is its MD5, unless the bucket encrypts: then only reading tells.
        elif etag != hashlib.md5(body, usedforsecurity=False).hexdigest():
            found = objects.find(file.key)
            if found is None or found.etag.strip('"') != etag or not _is_same(found, body):
                yield file.key, "other bytes"


def _is_same(found: objects.Found, body: bytes) -> bool:
    return found.sha256 == hashlib.sha256(body).hexdigest()


def _parts(keys: Collection[str]) -> Iterator[list[str]]:
    listed_keys = sorted(keys)
    for start in range(0, len(listed_keys), CHUNK):
        yield listed_keys[start : start + CHUNK]
