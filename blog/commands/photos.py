"""Photos: uploaded, described, deleted."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from blog import events
from blog.errors import PhotoNotFound
from blog.models import Photo
from chassis import uploads
from chassis.errors import FieldError, InvalidInput, VersionMismatch
from chassis.identifiers import uuid7
from chassis.transactions import transactional
from chassis.uploads import StoredUpload, UploadForm, UploadKey

PURPOSE = "photo"
# What a browser may call a picture. What it is, is looked at when it has arrived.
CONTENT_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")


def begin_photo_upload(*, subject: str, name: str, content_type: str, size: int) -> UploadForm:
    """A form by which a browser sends one photo straight to the store. Nothing is kept of it here.

    Raises:
        InvalidInput: at `/content_type` or `/size`.
        Unavailable: the store does not answer.
    """
    _require_photo(content_type, size)
    return uploads.begin(
        subject=subject, upload_id=uuid7(), name=name, content_type=content_type, size=size, purpose=PURPOSE
    )


def add_photo(*, subject: str, key: str, file_name: str = "", alt: str = "") -> Photo:
    """The photo that was uploaded under `key`, which has to be the subject's own. Twice makes one.

    Raises:
        InvalidInput: at `/key`: it is none that this subject was given, or holds no photo.
        UploadNotThere: nothing has arrived under it.
        Unavailable: the store does not answer.
    """
    found = uploads.find_key(key)
    if found is None or found.subject != subject:
        raise _invalid("/key", "unknown-key", "This is no key that you were given for an upload.")
    if (known := _describe(found, file_name=file_name, alt=alt)) is not None:
        return known
    stored = uploads.get(found)
    if stored.purpose != PURPOSE:
        raise _invalid("/key", "other-purpose", "This was not uploaded as a photo.")
    _require_photo(stored.content_type, stored.size, pointer="/key")
    return _keep(stored, file_name=file_name, alt=alt)


def take_arrived_photo(*, key: str) -> None:
    """The store says that an object has arrived: if it is a photo, it is added.

    The browser usually says so first (`add_photo`); this is for the one that was closed too early.

    Raises:
        Unavailable: the store does not answer.
    """
    found = uploads.find_key(key)
    if found is None:
        return
    try:
        stored = uploads.get(found)
        if stored.purpose == PURPOSE:
            _require_photo(stored.content_type, stored.size)
            _keep(stored, file_name="", alt="")
    except (uploads.UploadNotThere, InvalidInput):
        return


@transactional
def change_photo(
    *,
    photo_id: UUID,
    if_versions: frozenset[int] | None = None,
    alt: str | None = None,
    focal_point: tuple[int, int] | None = None,
) -> Photo:
    """Change what readers are told of a photo, or which point of it stays in view.

    Raises:
        PhotoNotFound: there is none of this id.
        VersionMismatch: `if_versions` is given and the photo has changed since.
    """
    photo = _locked(photo_id)
    if if_versions is not None and photo.version not in if_versions:
        raise VersionMismatch
    before = (photo.alt, photo.focal_x, photo.focal_y)
    if alt is not None:
        photo.alt = alt
    if focal_point is not None:
        photo.focal_x, photo.focal_y = focal_point
    if (photo.alt, photo.focal_x, photo.focal_y) != before:
        photo.version += 1
        photo.save(update_fields=["alt", "focal_x", "focal_y", "version", "updated_at"])
    return photo


@transactional
def delete_photo(*, photo_id: UUID) -> None:
    """Delete a photo. Its files go later; doing it twice is no error."""
    photo = Photo.objects.select_for_update().filter(id=photo_id).first()
    if photo is None:
        return
    keys = list(photo.renditions.order_by("key").values_list("key", flat=True))
    original = str(photo.original)
    photo.delete()
    events.photo_deleted.send(sender=Photo, original=original, keys=keys)


def _require_photo(content_type: str, size: int, *, pointer: str = "") -> None:
    if content_type not in CONTENT_TYPES:
        detail = f"A photo is one of {', '.join(CONTENT_TYPES)}."
        raise _invalid(pointer or "/content_type", "wrong-type", detail)
    most = settings.BLOG_PHOTO_MOST_BYTES
    if size > most:
        raise _invalid(pointer or "/size", "too-large", f"A photo has at most {most} bytes.")
    if size < 1:
        raise _invalid(pointer or "/size", "empty", "This file is empty.")


def _keep(stored: StoredUpload, *, file_name: str, alt: str) -> Photo:
    key: UploadKey = stored.key
    try:
        with transaction.atomic():
            photo = Photo.objects.create(
                id=key.upload_id,
                original=str(key),
                file_name=(file_name or key.name)[:255],
                content_type=stored.content_type,
                size=stored.size,
                subject=key.subject,
                alt=alt,
            )
            events.photo_added.send(sender=Photo, photo_id=photo.id)
    except IntegrityError:
        # The notification and the browser at the same moment: the other one has made it.
        known = _describe(key, file_name=file_name, alt=alt)
        if known is None:
            raise
        return known
    return photo


@transactional
def _describe(key: UploadKey, *, file_name: str, alt: str) -> Photo | None:
    """The photo that this upload is already; with what the store's notification could not tell of it."""
    photo = Photo.objects.select_for_update().filter(id=key.upload_id, original=str(key)).first()
    if photo is None:
        return None
    changed = []
    if alt and not photo.alt:
        photo.alt = alt
        changed.append("alt")
    if file_name and photo.file_name == key.name != file_name:
        photo.file_name = file_name[:255]
        changed.append("file_name")
    if changed:
        photo.version += 1
        photo.save(update_fields=[*changed, "version", "updated_at"])
    return photo


def _locked(photo_id: UUID) -> Photo:
    photo = Photo.objects.select_for_update().filter(id=photo_id).first()
    if photo is None:
        raise PhotoNotFound
    return photo


def _invalid(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
