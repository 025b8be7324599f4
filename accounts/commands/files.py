"""Single files: a form by which a browser uploads one, and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.commands.usage import recount_folder, require_room
from accounts.folder import writable_key
from chassis.errors import FieldError, InvalidInput
from chassis.storage import answering_store, s3_client

UPLOAD_SECONDS = 900


@dataclass(frozen=True)
class UploadForm:
    """Send `fields`, then the file as `file`, as multipart/form-data to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@answering_store()
def begin_upload(*, subject: str, key: str, content_type: str, size: int) -> UploadForm:
    """A presigned POST for exactly this key, type and size, signed by the service's own key.

    Raises:
        InvalidInput: at `/key` or `/size`.
        FolderFull: it does not fit.
    """
    stored_key = writable_key(subject, key)
    most = settings.ACCOUNTS_UPLOAD_MOST_BYTES
    if size > most:
        detail = f"A single upload has at most {most} bytes. Upload larger files in parts (multipart)."
        raise InvalidInput(f"/size: {detail}", errors=[FieldError("/size", "too-large", detail)])
    require_room(subject=subject, size=size)
    form = s3_client().generate_presigned_post(
        settings.S3_USERS_BUCKET,
        stored_key,
        Fields={"Content-Type": content_type},
        Conditions=[{"Content-Type": content_type}, ["content-length-range", size, size]],
        ExpiresIn=UPLOAD_SECONDS,
    )
    return UploadForm(form["url"], form["fields"], timezone.now() + timedelta(seconds=UPLOAD_SECONDS))


@answering_store()
def delete_files(*, subject: str, keys: Sequence[str]) -> None:
    """Delete files; one that is not there is no error.

    Raises:
        InvalidInput: at `/keys/<n>`; then nothing is deleted.
    """
    stored = [writable_key(subject, key, pointer=f"/keys/{number}") for number, key in enumerate(keys)]
    answer = s3_client().delete_objects(
        Bucket=settings.S3_USERS_BUCKET,
        Delete={"Objects": [{"Key": key} for key in stored], "Quiet": True},
    )
    if answer.get("Errors"):
        raise RuntimeError(
            f"The object store refused to delete {len(answer['Errors'])} of {len(stored)} files."
        )
    recount_folder(subject=subject, is_forced=True)
