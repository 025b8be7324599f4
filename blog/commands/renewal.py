"""Files of photos that readers have, made anew, as for other widths.

Readers keep the old files until pages name the new ones, and for some days more, since a page may be open.
As long as another is not in its place, a new row is like one that is retired: no page names it, and its
file is not taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from blog import events, pictures, queries
from blog.commands.photos import FILES_SCOPE, follow_photo, request_removals
from blog.commands.renditions import file_of, limits
from blog.models import Photo, PhotoState, Rendition
from blog.pictures import MadeFile, PictureRefused
from blog.roles import SERVICE
from chassis import publishing, uploads
from chassis.models import PublishedFile
from chassis.transactions import transactional

# A file may be taken away while a row comes to have it: then it is made again.
_ATTEMPTS = 3

Tell = Callable[[str, int, int], None]


@dataclass
class Renewed:
    """What became of the files of all photos."""

    renewed: int = 0
    unchanged: int = 0
    # Photo by photo, why it keeps the files that it has.
    refused: list[tuple[str, str]] = field(default_factory=list)


def renew_all(*, every: bool, tell: Tell) -> Renewed:
    """Renew the photos that lack a width or have one too many, or every one. Stopped, the former goes on.

    Raises:
        Unavailable: the store does not answer. What was done stays.
    """
    done = Renewed()
    ids = queries.list_ready_photos()
    for number, photo_id in enumerate(ids, start=1):
        if not (every or _is_outdated(photo_id)):
            done.unchanged += 1
        elif reason := renew_renditions(photo_id=photo_id):
            done.refused.append((str(photo_id), reason))
        else:
            done.renewed += 1
        tell("photos", number, len(ids))
    return done


def renew_renditions(*, photo_id: UUID) -> str:
    """Make the files of a photo anew that has some; why it cannot be, or an empty text. It keeps them then.

    Killed at any point and run again, it ends with the same rows and the same files.

    Raises:
        Unavailable: the store does not answer.
    """
    for _attempt in range(_ATTEMPTS):
        photo = Photo.objects.filter(id=photo_id, state=PhotoState.READY, deleted_at=None).first()
        if photo is None:
            return ""
        try:
            with uploads.opened(str(photo.original)) as file:
                opened = pictures.look_at(file, limits=limits())
                rows = [_prepare(photo, one) for one in pictures.make_files(opened, widths=pictures.WIDTHS)]
        except PictureRefused as error:
            return error.reason
        except uploads.UploadNotThere:
            return "gone"
        _replace(photo_id, rows)
        keys = {row.key for row in rows}
        if PublishedFile.objects.filter(key__in=keys, removed_at=None).count() == len(keys):
            return ""
    raise RuntimeError(f"The files of photo {photo_id} are taken away as soon as they are made.")


@transactional
def forget_renditions() -> None:
    """Have the files taken away in whose place others have been for long enough."""
    until = timezone.now() - timedelta(days=settings.BLOG_PHOTO_GRACE_DAYS)
    count, _by_model = Rendition.objects.filter(retired_at__lt=until).delete()
    if count:
        request_removals()
    if Rendition.objects.exclude(retired_at=None).exists():
        events.renditions_retired.send(sender=Rendition)


def _prepare(photo: Photo, made: MadeFile) -> Rendition:
    """Write the row, of which no page knows yet, then the file."""
    file = file_of(made)
    row = _of_today(photo.id).filter(key=file.key).first() or Rendition.objects.create(
        photo=photo,
        content_type=made.content_type,
        width=made.width,
        height=made.height,
        key=file.key,
        size=len(made.body),
        retired_at=timezone.now(),
    )
    publishing.store(file, scope=FILES_SCOPE)
    return row


@transactional
def _replace(photo_id: UUID, rows: list[Rendition]) -> None:
    """Put these in the place of those of today, and have the pages made again that name them."""
    photo = Photo.objects.select_for_update().filter(id=photo_id, deleted_at=None).first()
    if photo is None or photo.state != PhotoState.READY:
        return
    ids = [row.id for row in rows]
    retired = _of_today(photo_id).exclude(id__in=ids).update(retired_at=timezone.now())
    added = Rendition.objects.filter(id__in=ids).exclude(retired_at=None).update(retired_at=None)
    if retired or added:
        photo.version += 1
        photo.save(update_fields=["version", "updated_at"])
        follow_photo(photo, requested_by=SERVICE.subject)
        events.renditions_retired.send(sender=Rendition)


def _is_outdated(photo_id: UUID) -> bool:
    wanted = set(
        pictures.widths_of(Photo.objects.values_list("width", flat=True).get(id=photo_id), pictures.WIDTHS)
    )
    there: dict[str, set[int]] = {}
    for content_type, width in _of_today(photo_id).values_list("content_type", "width"):
        there.setdefault(content_type, set()).add(width)
    return any(there.get(kind) != wanted for kind in queries.SOURCE_TYPES)


def _of_today(photo_id: UUID) -> QuerySet[Rendition]:
    return Rendition.objects.filter(photo=photo_id, retired_at=None)
