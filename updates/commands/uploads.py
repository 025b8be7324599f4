"""The bytes of an artifact: sent in parts straight to the store, resumed, joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from chassis import multipart, objects
from chassis.multipart import Part, UploadNotFound
from chassis.transactions import transactional
from updates import events, queries
from updates.commands.steps import audit, lock_artifact, settle_releases_of
from updates.errors import ArtifactComplete, at_field
from updates.file_types import content_type_of
from updates.models import Artifact, ArtifactState

# The bytes have not arrived, or not the right ones.
_WANTS_BYTES = (ArtifactState.WAITING, ArtifactState.REFUSED)


@dataclass(frozen=True)
class ArtifactUpload:
    """An upload in `part_count` parts of `part_bytes` each, the last one shorter; `parts` have arrived."""

    part_bytes: int
    part_count: int
    parts: list[Part]


def begin_upload(*, artifact_id: UUID) -> ArtifactUpload:
    """Begin the upload of an artifact's bytes, or go on with the one that was begun.

    Raises:
        ArtifactNotFound.
        ArtifactComplete: its bytes are there.
    """
    artifact = _wanting_bytes(artifact_id)
    place = _place(artifact)
    if artifact.upload_id:
        try:
            parts = multipart.list_parts(**place, upload_id=artifact.upload_id)
        except UploadNotFound:
            pass  # Thrown away after a week, or more was sent than declared.
        else:
            return _upload_of(artifact, parts)
    upload_id = multipart.begin(**place, content_type=content_type_of(artifact.file_name))
    if _keep_upload(artifact, upload_id):
        return _upload_of(artifact, [])
    # Somebody began at the same moment: there is one upload for both.
    multipart.abort(**place, upload_id=upload_id)
    return begin_upload(artifact_id=artifact_id)


def sign_upload_parts(*, artifact_id: UUID, numbers: Sequence[int]) -> dict[int, str]:
    """Addresses to PUT these parts to, good for an hour.

    Raises:
        ArtifactNotFound, ArtifactComplete.
        InvalidInput: at `/numbers`: the file has not so many parts.
        UploadNotFound: it has not begun.
    """
    artifact = _wanting_bytes(artifact_id)
    most = multipart.part_count_of(artifact.declared_size)
    if max(numbers) > most:
        raise at_field("/numbers", "no-such-part", f"This file has {most} parts.")
    if not artifact.upload_id:
        raise UploadNotFound
    return multipart.sign_parts(**_place(artifact), upload_id=artifact.upload_id, numbers=numbers)


def complete_upload(*, actor: str, artifact_id: UUID) -> Artifact:
    """Join the parts and have the file verified. Completing what is complete answers the artifact.

    Raises:
        ArtifactNotFound.
        UploadNotFound: it has not begun, or was given up.
        UploadIncomplete: with `missing_bytes`; the parts that are there stay.
        InvalidInput: at `/size`: more arrived than was declared; the parts were thrown away.
    """
    artifact = queries.get_artifact(artifact_id)
    if artifact.state != ArtifactState.WAITING:
        return artifact
    place = _place(artifact)
    try:
        if not artifact.upload_id:
            raise UploadNotFound
        parts = multipart.require_complete(**place, upload_id=artifact.upload_id, size=artifact.declared_size)
        multipart.join(**place, upload_id=artifact.upload_id, parts=parts)
    except UploadNotFound:
        # Joined by a request that died before it could say so.
        found = objects.find_object(**place)
        if found is None or found.size != artifact.declared_size:
            raise
    return _mark_uploaded(actor=actor, artifact_id=artifact_id)


def delete_upload(*, upload_key: str, upload_id: str) -> None:
    """Delete what was uploaded under a key that belongs to no artifact. Twice is no error."""
    if Artifact.objects.filter(upload_key=upload_key).exists():
        return
    if upload_id:
        multipart.abort(bucket=settings.S3_UPLOADS_BUCKET, key=upload_key, upload_id=upload_id)
    objects.delete_object(bucket=settings.S3_UPLOADS_BUCKET, key=upload_key)


@transactional
def _mark_uploaded(*, actor: str, artifact_id: UUID) -> Artifact:
    artifact = lock_artifact(artifact_id)
    if artifact.state != ArtifactState.WAITING:
        return artifact
    artifact.state, artifact.upload_id = ArtifactState.UPLOADED, ""
    artifact.save(update_fields=["state", "upload_id"])
    audit(artifact.product, "artifact_uploaded", actor=actor, file_name=artifact.file_name)
    settle_releases_of(artifact)
    events.artifact_uploaded.send(sender=Artifact, artifact_id=artifact.id)
    return artifact


def _wanting_bytes(artifact_id: UUID) -> Artifact:
    artifact = queries.get_artifact(artifact_id)
    if artifact.state not in _WANTS_BYTES:
        raise ArtifactComplete
    return artifact


@transactional
def _keep_upload(artifact: Artifact, upload_id: str) -> bool:
    """Whether this is the upload now: it is not when the row has changed since it was read."""
    found = Artifact.objects.filter(id=artifact.id, upload_id=artifact.upload_id, state=artifact.state)
    return bool(found.update(upload_id=upload_id, state=ArtifactState.WAITING, finding=""))


def _place(artifact: Artifact) -> dict[str, str]:
    return {"bucket": settings.S3_UPLOADS_BUCKET, "key": artifact.upload_key}


def _upload_of(artifact: Artifact, parts: list[Part]) -> ArtifactUpload:
    size = artifact.declared_size
    return ArtifactUpload(multipart.part_bytes_of(size), multipart.part_count_of(size), parts)
