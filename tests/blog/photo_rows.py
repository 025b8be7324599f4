"""Rows of photos, valid ones, for tests that are not about uploading."""

from __future__ import annotations

from typing import Any

from blog.models import Photo, PhotoState, Rendition
from chassis.identifiers import uuid7


def make_photo(**fields: Any) -> Photo:
    """A photo that is ready, 1600 by 1200, with two widths in both formats."""
    photo_id = fields.pop("id", uuid7())
    photo = Photo.objects.create(
        **{
            "id": photo_id,
            "original": f"uploads/edith/{photo_id}/boats.jpg",
            "file_name": "boats.jpg",
            "content_type": "image/jpeg",
            "size": 123_456,
            "subject": "edith",
            "alt": "Two boats on the beach",
            "state": PhotoState.READY,
            "width": 1600,
            "height": 1200,
            **fields,
        }
    )
    if photo.state == PhotoState.READY:
        Rendition.objects.bulk_create(
            Rendition(
                photo=photo,
                width=width,
                height=width * 3 // 4,
                content_type=kind,
                key=f"media/{photo_id.hex}{width}{ending}/{width}.{ending}",
                size=1000,
            )
            for width in (640, 1600)
            for kind, ending in (("image/jpeg", "jpg"), ("image/avif", "avif"))
        )
    return photo
