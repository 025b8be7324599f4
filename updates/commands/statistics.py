"""Counting the edge's logs into daily rows: each line once, in any order, however often it comes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from updates.models import (
    Artifact,
    ArtifactKind,
    ArtifactState,
    Delta,
    DeltaState,
    DownloadDay,
    DownloadTraces,
    EdgeLog,
    TraceSalt,
)
from updates.queries import artifact_key
from updates.statistics.entries import NoEntry, read_entry
from updates.statistics.sources import sources_of
from updates.statistics.tally import Counts, Key, Known, Shard, Tally, week_of
from updates.statistics.traces import merge, packed, unpacked

LINES_AT_ONCE = 250_000
LOG_NAME_LENGTH_MOST = 300
# The week itself, and two more for logs that come late.
TRACES_KEPT = timedelta(days=21)


def count_log(*, name: str, lines: Iterable[bytes], is_final: bool = False) -> EdgeLog | None:
    """Count the lines of a log that are not counted yet; None for one that has no line yet.

    A file is known by its first line, so it may grow, and come again under another name. Killed in between,
    it goes on where the last whole step ended. `is_final`: it is never written on.
    """
    remaining = iter(lines)
    first = next(remaining, None)
    if first is None and is_final:
        # There never will be one, and to find that out again each time costs a request.
        return _note_empty(name)
    if first is None or not first.endswith(b"\n"):
        return None
    digest = hashlib.sha256(first).hexdigest()
    log, _ = EdgeLog.objects.get_or_create(first_line=digest, defaults={"name": name[-LOG_NAME_LENGTH_MOST:]})
    files = _known_files()
    unread = islice(chain((first,), remaining), log.lines, None)
    while _count_step(log, islice(unread, LINES_AT_ONCE), files):
        pass
    if is_final and not log.is_whole:
        # Not if somebody else has counted on meanwhile: whether all is counted, only they know.
        ours = EdgeLog.objects.filter(pk=log.pk, lines=log.lines)
        ours.update(is_whole=True, name=name[-LOG_NAME_LENGTH_MOST:])
    return log


def count_logs(place: str) -> int:
    """Count what is new in all logs at a place; the number of files that were looked at."""
    count = 0
    for source in sources_of(place, known_of=_whole_of):
        count_log(name=source.name, lines=source.lines(), is_final=source.is_final)
        count += 1
    return count


def prune_traces() -> int:
    """Forget the parts of weeks that are over, and the secrets they were made with."""
    oldest = week_of(timezone.now().date() - TRACES_KEPT)
    with transaction.atomic():
        count, _ = DownloadTraces.objects.filter(week__lt=oldest).delete()
        TraceSalt.objects.filter(week__lt=oldest).delete()
    return count


def _whole_of(names: Collection[str]) -> set[str]:
    """Which logs of these names are counted to their end. One query."""
    kept = {name: name[-LOG_NAME_LENGTH_MOST:] for name in names}
    found = EdgeLog.objects.filter(name__in=kept.values(), is_whole=True)
    whole = set(found.values_list("name", flat=True))
    return {name for name in names if kept[name] in whole}


def _note_empty(name: str) -> EdgeLog:
    """A log that ended without a line is known by its name."""
    digest = hashlib.sha256(f"empty {name}".encode()).hexdigest()
    kept = {"name": name[-LOG_NAME_LENGTH_MOST:], "is_whole": True}
    log, _ = EdgeLog.objects.get_or_create(first_line=digest, defaults=kept)
    return log


def _count_step(log: EdgeLog, step: Iterable[bytes], files: Mapping[str, Known]) -> bool:
    """Whether there was a line to count."""
    salts: dict[date, bytes] = {}

    def salt_of(week: date) -> bytes:
        if week not in salts:
            row, _ = TraceSalt.objects.get_or_create(week=week, defaults={"salt": secrets.token_hex(32)})
            salts[week] = bytes.fromhex(row.salt)
        return salts[week]

    tally, taken, skipped = Tally(files, salt_of), 0, 0
    for line in step:
        # A line that is still being written counts when it is whole.
        if not line.endswith(b"\n"):
            break
        taken += 1
        try:
            tally.take(read_entry(line))
        except NoEntry:
            skipped += bool(line.strip())
    if not taken:
        return False
    with transaction.atomic():
        locked = EdgeLog.objects.select_for_update().get(pk=log.pk)
        if locked.lines != log.lines:
            # Somebody else counts this file, and counts on.
            return False
        _add_traces(tally, {known.file: known for known in files.values()})
        _add_rows(tally.rows)
        locked.lines += taken
        locked.skipped += skipped
        locked.save(update_fields=["lines", "skipped", "read_at"])
    log.lines, log.skipped = locked.lines, locked.skipped
    return True


def _add_traces(tally: Tally, files: Mapping[str, Known]) -> None:
    """What became whole by these parts is added to the tally's rows; the parts are kept."""
    rows = _rows_of(tally.traces, files)
    made = []
    # In one order, so that two who count do not wait for each other.
    for shard in sorted(tally.traces):
        row = rows.get(shard)
        kept = unpacked(bytes(row.parts)) if row else {}
        known = files[shard.file]
        for day, country, is_hit, count in merge(kept, tally.traces[shard], known.size):
            counts = tally.rows[Key(day, known.artifact, country, is_hit, known.is_delta)]
            counts.downloads += count
            counts.resumed += count
        if row:
            DownloadTraces.objects.filter(pk=row.pk).update(parts=packed(kept))
            continue
        place: dict[str, Any] = {"week": shard.week, "shard": shard.digit}
        place |= {"artifact_id": known.artifact, "delta_id": known.delta}
        made.append(DownloadTraces(**place, parts=packed(kept)))
    DownloadTraces.objects.bulk_create(made, batch_size=100)


def _rows_of(shards: Iterable[Shard], files: Mapping[str, Known]) -> dict[Shard, DownloadTraces]:
    weeks = {shard.week for shard in shards}
    known = [files[file] for file in {shard.file for shard in shards}]
    of_artifacts = Q(artifact__in=[one.artifact for one in known if one.delta is None], delta=None)
    of_deltas = Q(delta__in=[one.delta for one in known if one.delta is not None])
    found = DownloadTraces.objects.select_for_update().filter(week__in=weeks).order_by("pk")
    return {
        Shard(row.week, str(row.delta_id or row.artifact_id), row.shard): row
        for row in found.filter(of_artifacts | of_deltas)
    }


def _add_rows(rows: Mapping[Key, Counts]) -> None:
    for key, counts in sorted(rows.items()):
        place: dict[str, Any] = {
            "day": key.day,
            "artifact_id": key.artifact,
            "country": key.country,
            "is_hit": key.is_hit,
            "is_delta": key.is_delta,
        }
        row, _ = DownloadDay.objects.get_or_create(**place)
        DownloadDay.objects.filter(pk=row.pk).update(
            requests=F("requests") + counts.requests,
            bytes=F("bytes") + counts.bytes,
            downloads=F("downloads") + counts.downloads,
            resumed=F("resumed") + counts.resumed,
        )


def _known_files() -> dict[str, Known]:
    """By their paths. Two queries."""
    verified = Artifact.objects.filter(state=ArtifactState.VERIFIED).select_related("product")
    offered = Delta.objects.filter(state=DeltaState.OFFERED, brought=None).select_related("target__product")
    files = {
        _path(one.product.slug, one.file_name): Known(
            str(one.id), one.size or 0, is_delta=one.kind == ArtifactKind.DELTA
        )
        for one in verified
    }
    for delta in offered:
        known = Known(str(delta.target_id), delta.size, delta=str(delta.id), is_delta=True)
        files[_path(delta.target.product.slug, delta.file_name)] = known
    return files


def _path(product: str, file_name: str) -> str:
    return f"/{artifact_key(product, file_name)}"
