"""Differences to the last releases: made after a release is out, so a failed one holds up nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from chassis import objects
from chassis.transactions import transactional
from updates import deltas, queries
from updates.commands.requests import PUBLISHER, request_manifests
from updates.commands.steps import audit, lock_release
from updates.deltas import DoesNotApply, bounded
from updates.models import (
    KEPT_STATES,
    Artifact,
    ArtifactKind,
    Delta,
    DeltaFormat,
    DeltaState,
    ManifestFormat,
    Release,
)
from updates.renderers import tuf
from updates.workbench import Workbench

log = logging.getLogger(__name__)

RELEASES_BACK = 3
# Below it, a download takes a moment anyway.
LEAST_BYTES = 100_000
# One that is larger than this share of the whole file is not worth the trouble of applying it.
SHARE_MOST = 0.7
WHOLE_KINDS = (ArtifactKind.FULL, ArtifactKind.INSTALLER)
FINDING_LENGTH_MOST = 300


@dataclass(frozen=True)
class Pair:
    """What one is made of. A `finding` says why it is not worth trying."""

    base: Artifact
    target: Artifact
    format: DeltaFormat
    finding: str = ""

    @property
    def is_unpacked(self) -> bool:
        """Whether it leads from the tar inside to the tar inside."""
        return self.target.file_name.endswith(".tar.gz") and all(
            one.inner_sha256 for one in (self.base, self.target)
        )

    @property
    def file_name(self) -> str:
        """Its name at the edge. tufup's clients find a patch by its name, so there is one a version."""
        if self.format == DeltaFormat.BSDIFF:
            return f"{self.target.file_name.removesuffix('.tar.gz')}.patch"
        return f"{self.target.file_name}.from-{self.base.sha256[:12]}.zst"


def make_deltas(*, release_id: UUID) -> int:
    """Make what is missing of the differences to the last releases of the channel; how many are offered.

    Nothing is read or made inside a transaction. Again makes only what is not there yet.

    Raises:
        Unavailable: the store does not answer; it is tried again.
    """
    if not settings.UPDATES_DELTA_MEMORY_BYTES:
        return 0
    release = Release.objects.select_related("channel__product").get(id=release_id)
    made = 0
    with Workbench() as bench:
        for pair in [*_zstd_pairs(release), *_tufup_pairs(release)]:
            made += _make(bench, pair)
    if made:
        offer_deltas(release_id)
    return made


@transactional
def offer_deltas(release_id: UUID) -> None:
    """Have the manifests name them; a release that was taken back meanwhile names nothing."""
    release = lock_release(release_id)
    if release.state not in KEPT_STATES:
        return
    product = release.channel.product
    request_manifests(product, actor=PUBLISHER, title=f"{product.name} {release.version}: differences")
    audit(product, "deltas_made", actor=PUBLISHER, release=release)


def last_whole_files(release: Release) -> list[list[Artifact]]:
    """The whole files of each of the last releases of the channel, the newest first."""
    found = Release.objects.filter(
        channel=release.channel, number__lt=release.number, state__in=KEPT_STATES
    ).order_by("-number")[:RELEASES_BACK]
    return [list(one.artifacts.filter(kind__in=WHOLE_KINDS)) for one in found]


def is_like(base: Artifact, target: Artifact) -> bool:
    """Whether one is the other's earlier version."""
    return (
        (base.operating_system, base.architecture, base.kind, _ending(base.file_name))
        == (target.operating_system, target.architecture, target.kind, _ending(target.file_name))
    ) and base.sha256 != target.sha256


def saves_too_little(size: int, target: Artifact) -> str:
    """Why a difference of so many bytes is not offered; empty when it is worth it."""
    if size < SHARE_MOST * (target.size or 0):
        return ""
    return f"It has {size} bytes, and the whole file {target.size}: it would save too little."


def _zstd_pairs(release: Release) -> Iterator[Pair]:
    """Each file of the release with its like in one of the last releases."""
    earlier = last_whole_files(release)
    for target in _large_files(release):
        for artifacts in earlier:
            for base in artifacts:
                if is_like(base, target) and not _is_known(target, DeltaFormat.ZSTD, base=base):
                    yield Pair(base, target, DeltaFormat.ZSTD)


def _tufup_pairs(release: Release) -> Iterator[Pair]:
    """Each archive with the one below it, as tufup's clients see them."""
    product = release.channel.product
    if ManifestFormat.TUFUP not in product.formats:
        return
    state = queries.public_product(product.id)
    seen = {target.path for target in tuf.tufup_targets(state)}
    for target in _large_files(release):
        below = tuf.archive_below(target.file_name, seen)
        if below is None or not target.inner_sha256 or _is_known(target, DeltaFormat.BSDIFF):
            continue
        base = Artifact.objects.get(product=product, file_name=below)
        hidden = tuf.archives_between(below, target.file_name, state.once_for_all)
        finding = f"Whoever has {hidden[0]}, which was taken back, would apply it, too." if hidden else ""
        yield Pair(base, target, DeltaFormat.BSDIFF, finding)


def _large_files(release: Release) -> list[Artifact]:
    found = release.artifacts.filter(kind__in=WHOLE_KINDS, size__gte=LEAST_BYTES)
    return list(found.select_related("product"))


def _is_known(target: Artifact, made: DeltaFormat, *, base: Artifact | None = None) -> bool:
    """Whether there is one, or will be none. A patch that the publisher brought stands for ours."""
    found = Delta.objects.filter(target=target, format=made)
    if base is not None:
        return found.filter(base=base).exists()
    patch = Artifact.objects.filter(
        product=target.product, file_name=f"{target.file_name.removesuffix('.tar.gz')}.patch"
    )
    return found.exists() or patch.exists()


def _ending(file_name: str) -> str:
    return ".tar.gz" if file_name.endswith(".tar.gz") else file_name.rpartition(".")[2]


def _make(bench: Workbench, pair: Pair) -> bool:
    """Make one and keep it, or the reason why there is none; whether it is offered."""
    base, target = pair.base, pair.target
    delta = Delta(base=base, target=target, format=pair.format, state=DeltaState.REFUSED)
    delta.file_name, delta.is_unpacked = pair.file_name, pair.is_unpacked
    try:
        body = _made(bench, pair, delta)
    except DoesNotApply as error:
        delta.finding = str(error)[:FINDING_LENGTH_MOST]
    else:
        delta.state = DeltaState.OFFERED
        delta.upload_key = f"{target.upload_key.rpartition('/')[0]}/{delta.file_name}"
        delta.upload_etag = objects.put_object(
            bucket=settings.S3_UPLOADS_BUCKET, key=delta.upload_key, body=body
        )
    return _keep(delta)


def _made(bench: Workbench, pair: Pair, delta: Delta) -> bytes:
    """The difference, applied once.

    Raises:
        DoesNotApply: why there is none.
    """
    if pair.finding:
        raise DoesNotApply(pair.finding)
    _require_memory(pair)
    before, after = (bench.fetch(one, is_unpacked=pair.is_unpacked) for one in (pair.base, pair.target))
    out: Path = bench.path("difference")
    memory = settings.UPDATES_DELTA_MEMORY_BYTES
    made = bounded.make(pair.format, before, after, out, memory=memory)
    if finding := saves_too_little(made.size, pair.target):
        raise DoesNotApply(finding)
    delta.size, delta.sha256, delta.window_log = made.size, made.sha256, made.window_log
    return out.read_bytes()


def _require_memory(pair: Pair) -> None:
    sizes = [(one.inner_size if pair.is_unpacked else one.size) or 0 for one in (pair.base, pair.target)]
    needed = deltas.memory_to_make(pair.format, *sizes) // 1_000_000
    most = settings.UPDATES_DELTA_MEMORY_BYTES // 1_000_000
    if needed > most:
        bring = " Bring one with the release." if pair.format == DeltaFormat.BSDIFF else ""
        text = f"Making it takes {needed} MB of memory; UPDATES_DELTA_MEMORY_BYTES allows {most}."
        raise DoesNotApply(text + bring)


@transactional
def _keep(delta: Delta) -> bool:
    names = ("state", "finding", "file_name", "size", "sha256", "window_log", "is_unpacked")
    kept, is_new = Delta.objects.get_or_create(
        base=delta.base,
        target=delta.target,
        format=delta.format,
        brought=None,
        defaults={name: getattr(delta, name) for name in (*names, "upload_key", "upload_etag")},
    )
    log.info("delta_made", extra={"file_name": kept.file_name, "size": kept.size, "finding": kept.finding})
    return is_new and kept.is_offered
