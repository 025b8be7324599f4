"""Artifacts: declared for a release, taken off it again."""

from __future__ import annotations

from uuid import UUID

from chassis.identifiers import uuid7
from chassis.transactions import transactional
from updates import events
from updates.commands.steps import audit, lock_release, require_open, settle_release
from updates.errors import ArtifactNotFound, at_field
from updates.file_types import is_patch, kind_finding
from updates.models import KEPT_STATES, Artifact, ArtifactKind, Delta, Product, Release
from updates.names import fold, name_finding
from updates.signatures import read_signature

ARTIFACTS_MOST = 200
# What a client would run.
INSTALLED_KINDS = (ArtifactKind.INSTALLER, ArtifactKind.FULL, ArtifactKind.DELTA)


@transactional
def add_artifact(
    *,
    actor: str,
    release_id: UUID,
    file_name: str,
    operating_system: str,
    architecture: str,
    kind: str,
    size: int,
    sha256: str,
    signature: str = "",
    base_file_name: str = "",
) -> Artifact:
    """Declare a file of a release: its name, what it is for, and which bytes will come.

    The same declaration again gives the artifact that is there, also for another release of the product.

    Raises:
        ReleaseNotFound, ReleaseClosed.
        InvalidInput: at `/file_name`: no safe name, without the version, or taken by other bytes; at `/size`:
            nothing in it; at `/signature` or `/base_file_name`: none where one is needed, or none that fits.
    """
    release = lock_release(release_id)
    _require_addable(release, file_name, kind, size, signature)
    product = release.channel.product
    artifact = Artifact.objects.filter(product=product, folded_name=fold(file_name)).first()
    declared = {
        "file_name": file_name,
        "operating_system": operating_system,
        "architecture": architecture,
        "kind": kind,
        "declared_size": size,
        "declared_sha256": sha256,
        **({"signature": signature} if signature else {}),
        **_start_of(release, file_name, kind, signature, base_file_name),
    }
    if artifact is None:
        artifact = _declare(release, actor, declared)
    elif any(getattr(artifact, name) != value for name, value in declared.items()):
        raise at_field("/file_name", "file-name-taken", _taken(artifact, file_name))
    if not release.artifacts.filter(id=artifact.id).exists():
        release.artifacts.add(artifact)
        audit(product, "artifact_added", actor=actor, release=release, file_name=file_name, sha256=sha256)
        settle_release(release)
    return artifact


def _require_addable(release: Release, file_name: str, kind: str, size: int, signature: str) -> None:
    require_open(release)
    if finding := name_finding(file_name, version=release.version) or kind_finding(kind, file_name):
        raise at_field("/file_name", "invalid-file-name", finding)
    if size < 1:
        raise at_field("/size", "empty", "The file is empty.")
    if release.artifacts.count() >= ARTIFACTS_MOST:
        raise at_field("/file_name", "too-many", f"A release has at most {ARTIFACTS_MOST} files.")
    _require_signature(release.channel.product, kind, signature)


def _require_signature(product: Product, kind: str, signature: str) -> None:
    if not signature:
        if product.needs_signatures and kind in INSTALLED_KINDS:
            raise at_field("/signature", "missing", "This product's files are signed. Bring the signature.")
        return
    if not product.public_keys:
        detail = "The product has no public key to check a signature with. Give it one first."
        raise at_field("/signature", "no-key", detail)
    try:
        read_signature(signature)
    except ValueError as error:
        detail = "Send the text of the .minisig file, or the Ed25519 signature in Base64."
        raise at_field("/signature", "not-a-signature", detail) from error


def _start_of(
    release: Release, file_name: str, kind: str, signature: str, base_file_name: str
) -> dict[str, Artifact]:
    """Where a difference starts. One that cannot be tried here has to say it, and to be signed."""
    if kind != ArtifactKind.DELTA:
        if base_file_name:
            raise at_field("/base_file_name", "not-a-delta", "Only a difference starts from another file.")
        return {}
    if not is_patch(file_name):
        if not base_file_name:
            detail = "It cannot be tried here, as a .patch can: name the file that it starts from."
            raise at_field("/base_file_name", "missing", detail)
        if not signature:
            detail = "It cannot be tried here, as a .patch can: bring its signature."
            raise at_field("/signature", "missing", detail)
    if not base_file_name:
        return {}
    product = release.channel.product
    base = Artifact.objects.filter(product=product, file_name=base_file_name, was_offered=True).first()
    if base is None or not base.releases.filter(state__in=KEPT_STATES).exists():
        gone = "was taken back" if base else "is no file of this product that was published"
        raise at_field("/base_file_name", "no-base", f"{base_file_name} {gone}.")
    return {"base": base}


@transactional
def remove_artifact(*, actor: str, release_id: UUID, artifact_id: UUID) -> Release:
    """Take a file off a release that is open. If it never was public, its name is free again.

    Raises:
        ReleaseNotFound, ReleaseClosed.
        ArtifactNotFound: the release has no such file.
    """
    release = lock_release(release_id)
    require_open(release)
    artifact = release.artifacts.filter(id=artifact_id).first()
    if artifact is None:
        raise ArtifactNotFound
    take_off(release, artifact)
    product = release.channel.product
    audit(product, "artifact_removed", actor=actor, release=release, file_name=artifact.file_name)
    settle_release(release)
    return release


def take_off(release: Release, artifact: Artifact) -> None:
    """Take a file off a locked release, and delete it where nothing else names it."""
    release.artifacts.remove(artifact)
    if artifact.was_offered or artifact.releases.exists():
        return
    _abandon_deltas(artifact)
    events.upload_abandoned.send(
        sender=Artifact, upload_key=artifact.upload_key, upload_id=artifact.upload_id
    )
    artifact.delete()


def _abandon_deltas(artifact: Artifact) -> None:
    for delta in artifact.deltas.filter(brought=None).exclude(upload_key=""):
        events.upload_abandoned.send(sender=Artifact, upload_key=delta.upload_key, upload_id="")


def _declare(release: Release, actor: str, declared: dict[str, object]) -> Artifact:
    artifact_id, file_name = uuid7(), str(declared["file_name"])
    if Delta.objects.filter(target__product=release.channel.product, file_name=file_name).exists():
        detail = "A difference of this name was made here already: leave yours out, or make a new version."
        raise at_field("/file_name", "file-name-taken", detail)
    return Artifact.objects.create(
        id=artifact_id,
        product=release.channel.product,
        folded_name=fold(file_name),
        upload_key=f"uploads/{actor}/{artifact_id}/{file_name}",
        created_by=actor,
        **declared,
    )


def _taken(artifact: Artifact, file_name: str) -> str:
    if artifact.file_name != file_name:
        return f"There is {artifact.file_name} already: two names must not differ by capitals alone."
    return "There is a file of this name with other contents or for another system. Make a new version."
