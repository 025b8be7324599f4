"""The public files of a photo: made, and taken away again when the photo is gone.

A file's key is its hash, so photos that are the same share files. Who makes a file writes its row before
the file; when files were taken away, rows are looked for once more: whatever order the two meet in, a file
that has a row is there in the end.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from blog import events, pictures
from blog.commands.photos import FILES_SCOPE
from blog.models import Photo, PhotoState, Rendition
from blog.pictures import Limits, MadeFile, PictureRefused
from blog.roles import Actor, require_editor
from chassis import publishing, uploads
from chassis.models import PublishedFile, PublishJob
from chassis.publishing import PublicFile
from chassis.transactions import transactional


class PhotoDeleted(Exception):
    """Somebody deleted the photo while its renditions were made."""


def make_renditions(*, photo_id: UUID) -> None:
    """Make every file of a photo that waits for them; a file that is no picture is refused with the reason.

    Killed at any point and run again, it ends with the same rows and the same files.

    Raises:
        Unavailable: the store does not answer.
    """
    photo = Photo.objects.filter(id=photo_id, state=PhotoState.WAITING, deleted_at=None).first()
    if photo is None:
        return
    try:
        with uploads.opened(str(photo.original)) as file:
            opened = pictures.look_at(file, limits=limits())
            made, smallest = [], b""
            for one in pictures.make_files(opened, widths=pictures.WIDTHS):
                made.append(_store(photo, one))
                smallest = one.body if one.content_type == "image/jpeg" else smallest
        placeholder = pictures.placeholder_of(smallest)
    except PictureRefused as error:
        _refuse(photo_id, error.reason)
    except uploads.UploadNotThere:
        _refuse(photo_id, "gone")
    except PhotoDeleted:
        return
    else:
        _finish(photo_id, opened.width, opened.height, placeholder, [one.id for one in made])


def plan_photo_files(scope: str) -> publishing.Plan:
    """What the publisher is to take away: every file of a photo that no photo has any more."""
    keys = publishing.keys_of(scope)
    used = set(Rendition.objects.values_list("key", flat=True))
    return publishing.Plan(files=(), removals=[key for key in keys if key not in used])


def remake_what_was_removed(job: PublishJob) -> None:
    """Files that were taken away while another photo came to have the same are made again."""
    present = PublishedFile.objects.filter(key=OuterRef("key"), removed_at=None)
    lost = Rendition.objects.filter(~Exists(present), retired_at=None, photo__state=PhotoState.READY)
    for photo_id in lost.values_list("photo_id", flat=True).distinct():
        _remake(photo_id)


def remake_renditions(*, actor: Actor, photo_id: UUID) -> None:
    """Have the files of a photo made again; what was refused is looked at anew.

    Readers keep the files that it has until the others are there.

    Raises:
        EditorsOnly: a writer.
    """
    require_editor(actor)
    _remake(photo_id)


@transactional
def _remake(photo_id: UUID) -> None:
    photo = Photo.objects.select_for_update().filter(id=photo_id, deleted_at=None).first()
    if photo is None:
        return
    if photo.state == PhotoState.REFUSED:
        photo.state, photo.refusal = PhotoState.WAITING, ""
        photo.save(update_fields=["state", "refusal"])
        events.photo_added.send(sender=Photo, photo_id=photo_id)
    elif photo.state == PhotoState.READY:
        events.photo_outdated.send(sender=Photo, photo_id=photo_id)


def file_of(made: MadeFile) -> PublicFile:
    """A file by its hash, so that it never changes and is there once."""
    key = f"media/{hashlib.sha256(made.body).hexdigest()}/{made.width}.{made.extension}"
    return PublicFile(key, made.body, made.content_type, publishing.CacheRule.IMMUTABLE)


def _store(photo: Photo, made: MadeFile) -> Rendition:
    """Write the row, then the file."""
    file = file_of(made)
    try:
        with transaction.atomic():
            row, _ = Rendition.objects.update_or_create(
                photo_id=photo.id,
                content_type=made.content_type,
                width=made.width,
                retired_at=None,
                defaults={"height": made.height, "key": file.key, "size": len(made.body)},
            )
    except IntegrityError as error:
        raise PhotoDeleted from error
    publishing.store(file, scope=FILES_SCOPE)
    return row


@transactional
def _finish(photo_id: UUID, width: int, height: int, placeholder: str, rows: list[UUID]) -> None:
    photo = Photo.objects.select_for_update().filter(id=photo_id, state=PhotoState.WAITING).first()
    if photo is None:
        return
    # Of an earlier attempt with other widths; no page has named them.
    Rendition.objects.filter(photo=photo).exclude(id__in=rows).delete()
    photo.state = PhotoState.READY
    photo.width, photo.height, photo.placeholder = width, height, placeholder
    photo.version += 1
    photo.save(update_fields=["state", "refusal", "width", "height", "placeholder", "version", "updated_at"])


@transactional
def _refuse(photo_id: UUID, reason: str) -> None:
    photo = Photo.objects.select_for_update().filter(id=photo_id, state=PhotoState.WAITING).first()
    if photo is None:
        return
    Rendition.objects.filter(photo=photo).delete()
    photo.state, photo.refusal = PhotoState.REFUSED, reason
    photo.version += 1
    photo.save(update_fields=["state", "refusal", "version", "updated_at"])


def limits() -> Limits:
    """What is decoded at most."""
    return Limits(pixels=settings.BLOG_PHOTO_MOST_PIXELS, whole_pixels=settings.BLOG_PHOTO_MOST_WHOLE_PIXELS)
