"""Differences that publishers bring: applied before anybody is offered them, where that can be done here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from chassis.transactions import transactional
from updates import deltas
from updates.commands.deltas import (
    FINDING_LENGTH_MOST,
    RELEASES_BACK,
    WHOLE_KINDS,
    is_like,
    last_whole_files,
    offer_deltas,
    saves_too_little,
)
from updates.commands.steps import audit, lock_release
from updates.deltas import BSDIFF, DoesNotApply, bounded
from updates.file_types import is_patch
from updates.models import (
    KEPT_STATES,
    OFFERED_STATES,
    Artifact,
    ArtifactKind,
    ArtifactState,
    Delta,
    DeltaFormat,
    DeltaState,
    Release,
)
from updates.renderers import tuf
from updates.workbench import Workbench

# Where none are made, those that are brought are tried all the same.
MEMORY_LEAST = 800_000_000


@dataclass(frozen=True)
class Verdict:
    """What became of one that was brought."""

    state: DeltaState
    finding: str
    base: Artifact | None = None


def check_brought_deltas(*, release_id: UUID) -> int:
    """Try the differences that a release brings; how many are offered by that.

    Again tries only those that are not offered: their base may have come out meanwhile. Nothing is read
    inside a transaction.

    Raises:
        Unavailable: the store does not answer; it is tried again.
    """
    release = Release.objects.select_related("channel__product").get(id=release_id)
    brought = release.artifacts.filter(kind=ArtifactKind.DELTA, state=ArtifactState.VERIFIED)
    offered = 0
    with Workbench() as bench:
        for artifact in brought.exclude(proof__state__in=OFFERED_STATES).select_related("base"):
            target = _target_of(artifact, release)
            if target is not None:
                offered += _keep(release_id, artifact, target, _verdict(bench, artifact, target, release))
    if offered and release.state in KEPT_STATES:
        offer_deltas(release_id)
    return offered


def _target_of(artifact: Artifact, release: Release) -> Artifact | None:
    """The file of the release to which a difference leads; none yet, perhaps."""
    whole = release.artifacts.filter(kind__in=WHOLE_KINDS, state=ArtifactState.VERIFIED)
    if is_patch(artifact.file_name):
        stem = artifact.file_name[: -len(".patch")]
        named = list(whole.filter(file_name__startswith=f"{stem}.").order_by("file_name"))
        archives = [one for one in named if one.file_name.endswith(".tar.gz")]
        return next(iter([*archives, *named]), None)
    system = {"operating_system": artifact.operating_system, "architecture": artifact.architecture}
    return whole.filter(**system).order_by("file_name").first()


def _verdict(bench: Workbench, artifact: Artifact, target: Artifact, release: Release) -> Verdict:
    base = artifact.base
    if base is not None and not base.releases.filter(state__in=KEPT_STATES).exists():
        finding = f"{base.file_name}, from which it starts, was taken back."
        return Verdict(DeltaState.REFUSED, finding, base)
    if finding := saves_too_little(artifact.size or 0, target):
        return Verdict(DeltaState.REFUSED, finding, base)
    if not is_patch(artifact.file_name):
        finding = "It cannot be applied here: it is offered by its publisher's signature alone."
        return Verdict(DeltaState.TRUSTED, finding, base)
    return _tried(bench, artifact, target, [base] if base else list(_bases_of(target, release)))


def _tried(bench: Workbench, patch: Artifact, target: Artifact, bases: list[Artifact]) -> Verdict:
    """Apply a patch to one file after the other, until one becomes the target."""
    if not bases:
        return Verdict(DeltaState.REFUSED, "There is no earlier file that it could start from.")
    reasons = []
    for base in bases:
        try:
            _require_applies(bench, patch, base, target)
        except DoesNotApply as error:
            reasons.append(str(error))
        else:
            return Verdict(DeltaState.OFFERED, "", base)
    names = ", ".join(base.file_name for base in bases)
    finding = f"It does not lead from {names} to {target.file_name}. {reasons[0]}"
    return Verdict(DeltaState.REFUSED, finding, bases[0] if len(bases) == 1 else None)


def _require_applies(bench: Workbench, patch: Artifact, base: Artifact, target: Artifact) -> None:
    """Refuse a patch that makes something else of a file.

    Raises:
        DoesNotApply: with what came of it.
    """
    is_unpacked = bool(base.inner_sha256 and target.inner_sha256)
    size = (target.inner_size if is_unpacked else target.size) or 0
    base_size = (base.inner_size if is_unpacked else base.size) or 0
    most = settings.UPDATES_DELTA_MEMORY_BYTES or MEMORY_LEAST
    needed = deltas.memory_to_apply(base_size, size, patch.size or 0)
    if needed > most:
        raise DoesNotApply(
            f"Trying it takes {needed // 1_000_000} MB of memory; {most // 1_000_000} are allowed."
        )
    before, body = bench.fetch(base, is_unpacked=is_unpacked), bench.fetch(patch)
    sha256 = bounded.sha256_applied(BSDIFF, before, body, size=size, memory=most)
    if sha256 != (target.inner_sha256 if is_unpacked else target.sha256):
        raise DoesNotApply("It leads to other bytes.")


def _bases_of(target: Artifact, release: Release) -> Iterator[Artifact]:
    """Where a patch may start: the last versions of the same file."""
    if tuf.tufup_name(target.file_name) is None:
        for artifacts in last_whole_files(release):
            yield from (one for one in artifacts if is_like(one, target))
        return
    archives = Artifact.objects.filter(
        product=release.channel.product, file_name__endswith=".tar.gz", releases__state__in=KEPT_STATES
    ).distinct()
    found = {one.file_name: one for one in archives}
    name = tuf.archive_below(target.file_name, found)
    for _ in range(RELEASES_BACK):
        if name is None:
            return
        yield found[name]
        name = tuf.archive_below(name, found)


@transactional
def _keep(release_id: UUID, artifact: Artifact, target: Artifact, verdict: Verdict) -> bool:
    release = lock_release(release_id)
    if release.artifacts.filter(id__in=(artifact.id, target.id)).count() < 2:
        return False  # One of them was taken off meanwhile.
    before = Delta.objects.filter(brought=artifact).first()
    finding = verdict.finding[:FINDING_LENGTH_MOST]
    if before is not None and (before.is_offered or before.finding == finding):
        return False
    kept, _ = Delta.objects.update_or_create(
        brought=artifact,
        defaults={
            "base": verdict.base,
            "target": target,
            "format": DeltaFormat.BSDIFF if is_patch(artifact.file_name) else DeltaFormat.FOREIGN,
            "state": verdict.state,
            "finding": finding,
            "file_name": artifact.file_name,
            "size": artifact.size or 0,
            "sha256": artifact.sha256,
            "is_unpacked": bool(target.inner_sha256),
            "upload_key": artifact.upload_key,
            "upload_etag": artifact.upload_etag,
        },
    )
    audit(
        release.channel.product,
        f"delta_{kept.state}",
        actor="verifier",
        release=release,
        file_name=artifact.file_name,
        finding=kept.finding,
    )
    return kept.is_offered
