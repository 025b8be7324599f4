"""Photos: uploaded, described, deleted."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from blog import events, queries
from blog.errors import PhotoInUse, PhotoNotFound
from blog.models import Photo, Rendition
from blog.roles import Actor, require_editor
from chassis import publishing, uploads
from chassis.errors import FieldError, InvalidInput, VersionMismatch
from chassis.identifiers import uuid7
from chassis.transactions import transactional
from chassis.uploads import StoredUpload, UploadForm, UploadKey

PURPOSE = "photo"
# What the publisher knows the public files of photos by.
FILES_KIND = "photo-files"
FILES_SCOPE = "media"
# The job by which the files that show a photo are made again.
KIND_PHOTO = "blog.photo"
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


def put_photo(
    *, subject: str, photo_id: UUID, file_name: str, content_type: str, body: bytes, alt: str = ""
) -> Photo:
    """A photo out of a file that is here. The same id again is the same photo.

    Raises:
        InvalidInput: it is too large, or called something that is no photo.
        Unavailable: the store does not answer.
    """
    if (known := Photo.objects.filter(id=photo_id, deleted_at=None).first()) is not None:
        return known
    _require_photo(content_type, len(body), pointer="/photo")
    key = UploadKey(subject, photo_id, uploads.plain_name(file_name))
    stored = uploads.put(key, body, content_type=content_type, purpose=PURPOSE)
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
    actor: Actor,
    photo_id: UUID,
    if_versions: frozenset[int] | None = None,
    alt: str | None = None,
    focal_point: tuple[int, int] | None = None,
) -> Photo:
    """Change what readers are told of a photo, or which point of it stays in view; what shows it follows.

    Raises:
        PhotoNotFound: there is none of this id.
        EditorsOnly: a writer changes photos of their own.
        VersionMismatch: `if_versions` is given and the photo has changed since.
    """
    photo = _locked(photo_id)
    if photo.subject != actor.subject:
        require_editor(actor)
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
        follow_photo(photo, requested_by=actor.subject)
    return photo


def follow_photo(photo: Photo, *, requested_by: str) -> None:
    """Have the files made again that show a photo. Within the transaction that changed it."""
    if queries.may_be_shown(f"photo:{photo.id}"):
        publishing.request(
            kind=KIND_PHOTO,
            argument=str(photo.id),
            scope="blog",
            title=photo.file_name,
            requested_by=requested_by,
        )


@transactional
def delete_photo(*, actor: Actor, photo_id: UUID) -> None:
    """Delete a photo that no post shows. Its files go later; doing it twice is no error.

    Raises:
        EditorsOnly: a writer.
        PhotoInUse: posts show it, in what is public or in the draft.
    """
    require_editor(actor)
    photo = Photo.objects.select_for_update().filter(id=photo_id, deleted_at=None).first()
    if photo is None:
        return
    if posts := queries.list_posts_using(photo_id):
        names = ", ".join(f"“{post.title}”" for post in posts[:5])
        raise PhotoInUse(f"{names} show this photo. Take it out of them first.")
    photo.deleted_at = timezone.now()
    photo.save(update_fields=["deleted_at", "updated_at"])
    events.photo_deleted.send(sender=Photo, photo_id=photo.id)


def purge_photo(*, photo_id: UUID) -> None:
    """Take the files of a photo away that was deleted some time ago, unless a post shows it again.

    What an old revision shows stays as a row without files, since revisions are never changed.
    """
    photo = Photo.objects.filter(id=photo_id).exclude(deleted_at=None).first()
    if photo is None:
        return
    if queries.list_posts_using(photo_id):
        # An earlier revision of a post was taken back, and the photo with it.
        Photo.objects.filter(id=photo_id).update(deleted_at=None)
        return
    uploads.delete([str(photo.original)])
    with transaction.atomic():
        Rendition.objects.filter(photo=photo).delete()
        request_removals()
        with suppress(ProtectedError):
            photo.delete()


def request_removals() -> None:
    """Have the files taken away that no photo has any more. Within the transaction that took their rows."""
    publishing.request(
        kind=FILES_KIND,
        argument=FILES_SCOPE,
        scope=FILES_SCOPE,
        title=_("Files that no photo has any more"),
        requested_by="",
    )


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
    photo = Photo.objects.select_for_update().filter(id=photo_id, deleted_at=None).first()
    if photo is None:
        raise PhotoNotFound
    return photo


def _invalid(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
