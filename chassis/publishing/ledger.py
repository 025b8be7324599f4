"""The rows beside the bucket: what each key holds, and which copies at the edge are old.

Rows are cleared before the bucket is written and completed after it (a write-ahead note). So a
worker that is killed between the two never leaves a row that claims too much: what is not settled
is written again, guarded by what the bucket says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils import timezone

from chassis.models import PublishedFile, PublishJob
from chassis.publishing import objects
from chassis.publishing.errors import ImmutableConflict, KeyOfAnotherScope
from chassis.publishing.files import PublicFile
from chassis.publishing.leases import Lease
from chassis.publishing.objects import Outgoing

_NOTED = ("job", "scope", "is_settled", "is_stale_at_edge", "removed_at", "changed_at")
_STORED = ("sha256", "etag", "size", "content_type", "rule", "is_settled", "removed_at", "changed_at")


def rows_of(keys: Sequence[str]) -> dict[str, PublishedFile]:
    """What is known of these keys. One query."""
    return {row.key: row for row in PublishedFile.objects.filter(key__in=keys)}


def is_current(wanted: Outgoing, row: PublishedFile | None) -> bool:
    """Whether the bucket holds exactly this, so that it need not be asked."""
    return (
        row is not None
        and row.is_settled
        and row.removed_at is None
        and (row.sha256, row.content_type, row.rule)
        == (wanted.sha256, wanted.file.content_type, wanted.file.rule.name)
    )


def require_writable(wanted: Outgoing, row: PublishedFile | None, *, scope: str) -> None:
    """Refuse what can never be written.

    Raises:
        ImmutableConflict: the key is written once, and had other bytes; removed or not.
        KeyOfAnotherScope: another scope publishes this key, and it may change.
    """
    if row is None:
        return
    if wanted.file.is_write_once:
        if row.sha256 not in ("", wanted.sha256):
            raise ImmutableConflict(
                f"{wanted.key} was published with other bytes (sha256 {row.sha256}, not {wanted.sha256}). "
                "It is written once: publish under another name."
            )
    elif row.scope != scope and row.removed_at is None:
        raise KeyOfAnotherScope(f"{wanted.key} is published by {row.scope}, not by {scope}.")


def note_writes(
    wanted: Iterable[Outgoing], rows: Mapping[str, PublishedFile], job: PublishJob, lease: Lease
) -> dict[str, PublishedFile]:
    """Say that these files are about to be written; their rows."""
    noted = []
    for one in wanted:
        row = rows.get(one.key) or PublishedFile(key=one.key)
        # Of a key that is written once the edge has no older copy; but its headers may have been mended.
        may_be_old = not one.file.is_write_once or bool(row.sha256) or one.file.is_awaited
        row.is_stale_at_edge = row.is_stale_at_edge or may_be_old
        row.scope, row.removed_at = lease.scope, None
        noted.append(row)
    _note(noted, job, lease)
    return {row.key: row for row in noted}


def note_removals(rows: Iterable[PublishedFile], job: PublishJob, lease: Lease) -> None:
    """Say that these keys are about to be removed."""
    noted = list(rows)
    for row in noted:
        row.is_stale_at_edge = True
    _note(noted, job, lease)


def _note(rows: Sequence[PublishedFile], job: PublishJob, lease: Lease) -> None:
    for row in rows:
        row.job, row.is_settled, row.changed_at = job, False, timezone.now()
    with lease.fenced():
        _upsert(rows, _NOTED)


def record(written: Iterable[tuple[Outgoing, str]], rows: Mapping[str, PublishedFile], lease: Lease) -> None:
    """Say what the bucket holds now: each noted file with its ETag."""
    recorded = []
    for wanted, etag in written:
        row = rows[wanted.key]
        _fill(row, wanted, etag)
        recorded.append(row)
    with lease.fenced():
        _upsert(recorded, _STORED)


def record_removed(keys: Sequence[str], lease: Lease) -> None:
    """Say that these keys are gone. Their rows stay, so that a name is never used for other bytes."""
    with lease.fenced():
        PublishedFile.objects.filter(key__in=keys).update(
            is_settled=True, etag="", removed_at=timezone.now(), changed_at=timezone.now()
        )


def removable(rows: Iterable[PublishedFile], *, scope: str) -> list[PublishedFile]:
    """Those of these rows whose files are still there, or may be.

    Raises:
        KeyOfAnotherScope: one of them belongs to another scope.
    """
    present = [row for row in rows if row.removed_at is None or not row.is_settled]
    strange = [row for row in present if row.scope != scope]
    if strange:
        raise KeyOfAnotherScope(f"{strange[0].key} is published by {strange[0].scope}, not by {scope}.")
    return present


def keys_of(scope: str, prefix: str = "") -> list[str]:
    """The keys that a scope has in the bucket, in order."""
    present = PublishedFile.objects.filter(scope=scope, removed_at=None, key__startswith=prefix)
    return list(present.order_by("key").values_list("key", flat=True))


def present(keys: Sequence[str]) -> set[str]:
    """Those of these keys that the bucket holds, be what it holds new or old. One query."""
    put = PublishedFile.objects.filter(key__in=keys, removed_at=None).exclude(etag="")
    return set(put.values_list("key", flat=True))


def unproven_keys(scope: str) -> list[str]:
    """The keys that were last touched by a job that has not come to its end: they may hold anything.

    Two queries, of what such jobs touched alone.
    """
    unfinished = PublishJob.objects.filter(scope=scope).exclude(state=PublishJob.State.PUBLISHED)
    touched = PublishedFile.objects.filter(scope=scope, job__in=list(unfinished.values_list("pk", flat=True)))
    return list(touched.order_by("key").values_list("key", flat=True))


def prove(keys: Iterable[str], *, job: PublishJob) -> None:
    """Say that these are as they should be, whatever became of the job that wrote them: this one found so."""
    doubtful = set(unproven_keys(job.scope)).intersection(keys)
    PublishedFile.objects.filter(key__in=doubtful).exclude(job=job).update(job=None)


def store(file: PublicFile, *, scope: str) -> None:
    """Put one immutable file outside of any job.

    Raises:
        ValueError: the file may change, so it belongs into a plan.
        ImmutableConflict: the key holds, or has held, other bytes.
    """
    if not file.is_write_once:
        raise ValueError(f"{file.key} is {file.rule.name}; only an immutable file is put by itself.")
    wanted = objects.outgoing(file)
    row = PublishedFile.objects.filter(key=file.key).first()
    require_writable(wanted, row, scope=scope)
    if is_current(wanted, row):
        return
    etag = objects.write(wanted)
    row = row or PublishedFile(key=file.key, scope=scope)
    _fill(row, wanted, etag)
    _upsert([row], _STORED)


def _upsert(rows: Sequence[PublishedFile], fields: Sequence[str]) -> None:
    """One statement, several times as fast as `bulk_update`, for rows that are there as for new ones."""
    PublishedFile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=fields
    )


def _fill(row: PublishedFile, wanted: Outgoing, etag: str) -> None:
    row.sha256, row.etag, row.size = wanted.sha256, etag, wanted.size
    row.content_type, row.rule = wanted.file.content_type, wanted.file.rule.name
    row.is_settled, row.removed_at, row.changed_at = True, None, timezone.now()
