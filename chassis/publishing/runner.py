"""Doing a job: leaves, pointers, removals, the edge, the receipt. Safe to be killed at any step.

Nothing here is remembered but in rows: an attempt that follows a killed one makes the plan again,
passes over what the rows say is written, and goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.errors import DomainError, Unavailable
from chassis.logs import log_context
from chassis.models import PublishedFile, PublishJob
from chassis.publishing import jobs, leases, ledger, objects, receipts, steps
from chassis.publishing.errors import NotServed
from chassis.publishing.files import PublicCopy, PublicFile
from chassis.publishing.leases import Lease
from chassis.publishing.objects import Outgoing
from chassis.publishing.registry import kind_named
from chassis.publishing.samples import Samples
from chassis.tasks import enqueue_later

log = logging.getLogger(__name__)

# One put is mostly waiting.
WRITERS = 16
BATCH_FILES = 64
BATCH_BYTES = 16 * 1024 * 1024
# A longer job goes on in another task, so that a worker's time is bounded (a function has 15 minutes).
SLICE_SECONDS = 120.0
BUSY_DELAY = timedelta(seconds=1)

File = PublicFile | PublicCopy


class SliceOver(Exception):
    """The time of this task is up, and files are left."""


def run(job_id: UUID) -> None:
    """Do a job, unless it is finished or another worker publishes in its scope; then later."""
    from chassis.publishing.tasks import run_publish_job

    job = PublishJob.objects.filter(pk=job_id).first()
    if job is None or job.is_finished:
        return
    lease = leases.acquire(job.scope)
    if lease is None:
        # A task of its own, since waiting is no failed attempt.
        enqueue_later(run_publish_job, BUSY_DELAY, str(job_id))
        return
    token = log_context.set({**(log_context.get() or {}), "job": str(job_id), "scope": job.scope})
    try:
        steps.reached("leased")
        claimed = jobs.claim(job_id)
        if claimed is not None:
            _attempt(claimed, lease)
    finally:
        log_context.reset(token)
        lease.release()


def _attempt(job: PublishJob, lease: Lease) -> None:
    from chassis.publishing.tasks import run_publish_job

    if job.attempts > jobs.ATTEMPTS:
        jobs.fail(job.pk, RuntimeError(f"The worker ended in the middle, {jobs.ATTEMPTS} times."))
        return
    try:
        Run(job, lease).publish()
    except SliceOver:
        jobs.give_back(job, counts=False)
        run_publish_job.enqueue(str(job.pk))
    except Exception as error:
        if isinstance(error, NotServed):
            jobs.mark_stale(job, error.keys)
        final = isinstance(error, DomainError) and not isinstance(error, Unavailable)
        if final or job.attempts >= jobs.ATTEMPTS:
            log.warning("publish_attempt_failed", exc_info=error)
            jobs.fail(job.pk, error)
            return
        jobs.give_back(job, jobs.describe(error))
        raise  # The task is tried again after a growing delay.


@dataclass(frozen=True)
class _Batch:
    """Files that are noted and on their way: their ETags as the store answers."""

    files: Sequence[Outgoing] = ()
    noted: Mapping[str, PublishedFile] = field(default_factory=dict)
    were_there: Set[str] = frozenset()
    etags: Iterable[str] = ()


class Run:
    """One attempt of one job."""

    def __init__(self, job: PublishJob, lease: Lease) -> None:
        self.job = job
        self.lease = lease
        self.samples = Samples()
        self._until = time.monotonic() + SLICE_SECONDS
        self._keys: set[str] = set()

    def publish(self) -> None:
        """Everything, in the order that never leaves a link to what is not there."""
        steps.reached("claimed")
        companions = jobs.companions_of(self.job)
        plan = kind_named(self.job.kind).plan(self.job.argument)
        pointers: list[File] = []
        self._write(self._leaves(plan.files, pointers))
        steps.reached("leaves_written")
        receipts.wait_for(self.samples.new_leaves(), since=self.job.requested_at)
        steps.reached("leaves_served")
        self._write(pointers)
        steps.reached("pointers_written")
        removals = list(dict.fromkeys(plan.removals))
        self._remove(removals)
        jobs.tell_edge(self.job, self.lease)
        steps.reached("edge_told_recorded")
        lines = receipts.wait_for(self.samples.expected(), since=self.job.requested_at)
        steps.reached("receipt")
        ledger.prove([*self._keys, *removals], job=self.job)
        jobs.publish(self.job.pk, lines, settle=plan.settle)
        steps.reached("published")
        self._publish_companions(companions, lines)

    def _publish_companions(self, companions: list[UUID], lines: list[dict[str, Any]]) -> None:
        for job_id in companions:
            try:
                jobs.publish(job_id, lines, carried_by=self.job)
            except Exception:
                # It still waits, and its own task will say what is wrong.
                log.exception("publish_companion_failed", extra={"companion": str(job_id)})

    # --- Writing -------------------------------------------------------------------------------

    def _leaves(self, files: Iterable[File], pointers: list[File]) -> Iterator[File]:
        """The leaves as they come; the pointers are put by."""
        for file in files:
            if file.key in self._keys:
                raise ValueError(f"{file.key} is in the plan twice.")
            self._keys.add(file.key)
            if file.rule.is_pointer or file.is_late:
                pointers.append(file)
            else:
                yield file

    def _write(self, files: Iterable[File]) -> None:
        """While a batch is on its way to the store, the next one is made and noted."""
        with ThreadPoolExecutor(WRITERS) as writers:
            under_way = _Batch()
            for batch in _batches(map(objects.outgoing, files)):
                rows = ledger.rows_of([wanted.key for wanted in batch])
                changed = [wanted for wanted in batch if self._is_to_be_written(wanted, rows)]
                if changed:
                    begun = self._begin_batch(changed, rows, writers)
                    self._end_batch(under_way)
                    under_way = begun
                    if time.monotonic() > self._until:
                        self._end_batch(under_way)
                        raise SliceOver
            self._end_batch(under_way)

    def _is_to_be_written(self, wanted: Outgoing, rows: dict[str, PublishedFile]) -> bool:
        row = rows.get(wanted.key)
        ledger.require_writable(wanted, row, scope=self.lease.scope)
        if row is None or not ledger.is_current(wanted, row):
            return True
        # Written by an earlier attempt of this job: the receipt has to tell of it, too.
        self.samples.add(wanted, row.etag, is_written=row.job_id == self.job.pk, is_new=False)
        return False

    def _begin_batch(
        self, changed: list[Outgoing], rows: dict[str, PublishedFile], writers: ThreadPoolExecutor
    ) -> _Batch:
        known = {key: row.etag for key, row in rows.items()}
        were_there = {key for key, row in rows.items() if row.sha256}
        noted = ledger.note_writes(changed, rows, self.job, self.lease)
        steps.reached("noted")

        def write(wanted: Outgoing) -> str:
            etag = known.get(wanted.key, "")
            return objects.write(wanted, etag=etag, before_overwriting=self.lease.require_time)

        return _Batch(changed, noted, were_there, writers.map(write, changed))

    def _end_batch(self, batch: _Batch) -> None:
        if not batch.files:
            return
        written = list(zip(batch.files, batch.etags, strict=True))
        steps.reached("put")
        ledger.record(written, batch.noted, self.lease)
        steps.reached("recorded")
        for wanted, etag in written:
            is_new = wanted.key not in batch.were_there
            self.samples.add(wanted, etag, is_written=True, is_new=is_new)

    def _remove(self, keys: list[str]) -> None:
        if unwise := sorted(self._keys.intersection(keys)):
            raise ValueError(f"{unwise[0]} is a file of the plan and a removal.")
        with ThreadPoolExecutor(WRITERS) as writers:
            for start in range(0, len(keys), BATCH_FILES):
                self._remove_batch(keys[start : start + BATCH_FILES], writers)

    def _remove_batch(self, keys: list[str], writers: ThreadPoolExecutor) -> None:
        rows = ledger.rows_of(keys)
        going = ledger.removable(rows.values(), scope=self.lease.scope)
        if going:
            ledger.note_removals(going, self.job, self.lease)
            steps.reached("removals_noted")
            list(writers.map(lambda row: objects.remove(row.key, etag=row.etag), going))
            steps.reached("removed")
            ledger.record_removed([row.key for row in going], self.lease)
            steps.reached("removals_recorded")
        for row in rows.values():
            if row.job_id == self.job.pk:
                self.samples.add_removed(row.key)


def _batches(files: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """A few files at a time: what is held in memory, and written between two rows."""
    batch: list[Outgoing] = []
    weight = 0
    for wanted in files:
        batch.append(wanted)
        # A copy's bytes stay in the store, but it takes time.
        weight += len(wanted.body) or wanted.size // 32
        if len(batch) >= BATCH_FILES or weight >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
