"""Differences to the last releases: made after a release is out, so a failed one holds up nothing."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from chassis import objects
from chassis.transactions import transactional
from updates import deltas
from updates.commands.requests import PUBLISHER, request_manifests
from updates.commands.steps import audit, lock_release
from updates.models import KEPT_STATES, Artifact, ArtifactKind, Delta, DeltaState, Release

log = logging.getLogger(__name__)

RELEASES_BACK = 3
# Below it, a download takes a moment anyway.
LEAST_BYTES = 1_000_000
# One that is larger than this share of the whole file is not worth the trouble of applying it.
SHARE_MOST = 0.7
_KINDS = (ArtifactKind.FULL, ArtifactKind.INSTALLER)


@dataclass(frozen=True)
class Contents:
    """Bytes of a file as the difference counts them."""

    body: bytes
    is_unpacked: bool


def make_deltas(*, release_id: UUID) -> int:
    """Make what is missing of the differences to the last releases of the channel; how many are new.

    Nothing is read or made inside a transaction. Again makes only what is not there yet.

    Raises:
        Unavailable: the store does not answer; it is tried again.
    """
    made = 0
    for target, base in _wanted(release_id):
        made += _make(base, target)
    if made:
        _offer(release_id)
    return made


def _wanted(release_id: UUID) -> list[tuple[Artifact, Artifact]]:
    """Each file of the release with its like in one of the last releases."""
    release = Release.objects.select_related("channel").get(id=release_id)
    found = Release.objects.filter(
        channel=release.channel, number__lt=release.number, state__in=KEPT_STATES
    ).order_by("-number")[:RELEASES_BACK]
    earlier = [list(one.artifacts.filter(kind__in=_KINDS)) for one in found]
    pairs = []
    for target in release.artifacts.filter(kind__in=_KINDS, size__gte=LEAST_BYTES).select_related("product"):
        for artifacts in earlier:
            pairs += [(target, base) for base in artifacts if _is_like(base, target)]
    known = set(Delta.objects.filter(target__releases=release).values_list("target", "base"))
    return [(target, base) for target, base in pairs if (target.id, base.id) not in known]


def _is_like(base: Artifact, target: Artifact) -> bool:
    """Whether one is the other's earlier version."""
    return (
        (base.operating_system, base.architecture, base.kind, _ending(base.file_name))
        == (target.operating_system, target.architecture, target.kind, _ending(target.file_name))
    ) and base.sha256 != target.sha256


def _ending(file_name: str) -> str:
    return ".tar.gz" if file_name.endswith(".tar.gz") else file_name.rpartition(".")[2]


def _make(base: Artifact, target: Artifact) -> bool:
    """Make one and keep it, or the reason why there is none; whether it is offered."""
    delta = Delta(base=base, target=target, state=DeltaState.REFUSED)
    delta.file_name = f"{target.file_name}.from-{base.sha256[:12]}.zst"
    try:
        made = _made(base, target, delta)
    except (deltas.DoesNotApply, objects.ObjectGone) as error:
        delta.finding = f"{error}"[:300] or "The bytes are gone."
        made = None
    if made is not None:
        delta.state, delta.size, delta.sha256 = DeltaState.OFFERED, len(made.body), made.sha256
        delta.window_log = made.window_log
        delta.upload_key = f"{target.upload_key.rpartition('/')[0]}/{delta.file_name}"
        delta.upload_etag = objects.put_object(
            bucket=settings.S3_UPLOADS_BUCKET, key=delta.upload_key, body=made.body
        )
    return _keep(delta)


def _made(base: Artifact, target: Artifact, delta: Delta) -> deltas.Made | None:
    """The difference, applied once; None with a finding."""
    most = settings.UPDATES_DELTA_BYTES
    if (base.size or 0) + (target.size or 0) > most:
        delta.finding = f"Both files have more than UPDATES_DELTA_BYTES ({most}) together."
        return None
    before, after = _contents(base, target, most)
    delta.is_unpacked = after.is_unpacked
    made = deltas.make(before.body, after.body)
    if len(made.body) >= SHARE_MOST * (target.size or 0):
        delta.finding = f"It has {len(made.body)} bytes, and the whole file {target.size}."
        return None
    if deltas.apply(before.body, made.body, size=len(after.body)) != after.body:
        raise deltas.DoesNotApply("It leads to other bytes.")
    return made


def _contents(base: Artifact, target: Artifact, most: int) -> tuple[Contents, Contents]:
    packed = [_bytes_of(one) for one in (base, target)]
    if target.file_name.endswith(".tar.gz") and target.inner_sha256:
        tars = [deltas.inflated(body, most=most // 2) for body in packed]
        before, after = tars
        if before is not None and after is not None:
            return Contents(before, True), Contents(after, True)
    return Contents(packed[0], False), Contents(packed[1], False)


def _bytes_of(artifact: Artifact) -> bytes:
    """What was verified, and nothing else.

    Raises:
        ObjectGone: it is not there any more, or other bytes are.
    """
    place = {"bucket": settings.S3_UPLOADS_BUCKET, "key": artifact.upload_key}
    body = b"".join(objects.read_blocks(**place, etag=artifact.upload_etag))
    if hashlib.sha256(body).hexdigest() != artifact.sha256:
        raise objects.ObjectGone(f"{artifact.file_name} has other bytes now.")
    return body


@transactional
def _keep(delta: Delta) -> bool:
    kept, is_new = Delta.objects.get_or_create(
        base=delta.base,
        target=delta.target,
        defaults={
            name: getattr(delta, name)
            for name in (
                *("state", "finding", "file_name", "size", "sha256", "window_log", "is_unpacked"),
                *("upload_key", "upload_etag"),
            )
        },
    )
    log.info("delta_made", extra={"file_name": kept.file_name, "size": kept.size, "finding": kept.finding})
    return is_new and kept.state == DeltaState.OFFERED


@transactional
def _offer(release_id: UUID) -> None:
    """Have the manifests name them; a release that was taken back meanwhile names nothing."""
    release = lock_release(release_id)
    if release.state not in KEPT_STATES:
        return
    product = release.channel.product
    request_manifests(product, actor=PUBLISHER, title=f"{product.name} {release.version}: differences")
    audit(product, "deltas_made", actor=PUBLISHER, release=release)
