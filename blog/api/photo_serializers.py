"""What the API of photos reads and writes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blog import refusals
from blog.commands.photos import CONTENT_TYPES
from blog.models import Photo, PhotoState
from blog.queries.photos import picture_of, thumbnail_url
from chassis.serializers import StrictSerializer, TextField

NAME_LENGTH_MOST = 255
ALT_LENGTH_MOST = 500
SIZE_MOST = 5 * 1024**3  # of a presigned POST; BLOG_PHOTO_MOST_BYTES is what counts


class PhotoUploadSerializer(StrictSerializer):
    """What is to be uploaded."""

    name = TextField(max_length=NAME_LENGTH_MOST)
    content_type = serializers.ChoiceField(choices=CONTENT_TYPES)
    size = serializers.IntegerField(min_value=1, max_value=SIZE_MOST)


class UploadFormSerializer(serializers.Serializer[Any]):
    """A form: send `fields`, then the file as `file`, as multipart/form-data to `url`."""

    key = serializers.CharField()
    url = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # its name
    expires_at = serializers.DateTimeField()


class PhotoAddSerializer(StrictSerializer):
    """An upload that has arrived."""

    key = serializers.CharField(max_length=1024, trim_whitespace=False)
    file_name = TextField(max_length=NAME_LENGTH_MOST, required=False, allow_blank=True)
    alt = TextField(max_length=ALT_LENGTH_MOST, required=False, allow_blank=True)


class FocalPointSerializer(StrictSerializer):
    """In per cent of width and height, from the upper left corner."""

    x = serializers.IntegerField(min_value=0, max_value=100)
    y = serializers.IntegerField(min_value=0, max_value=100)


class PhotoChangeSerializer(StrictSerializer):
    """What may be changed."""

    alt = TextField(max_length=ALT_LENGTH_MOST, required=False, allow_blank=True)
    focal_point = FocalPointSerializer(required=False)


class SourceSerializer(serializers.Serializer[Any]):
    """Every width of one format."""

    content_type = serializers.CharField()
    srcset = serializers.CharField()


class PictureSerializer(serializers.Serializer[Any]):
    """What a `<picture>` is made of."""

    sources = SourceSerializer(many=True)
    src = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    alt = serializers.CharField(allow_blank=True)
    placeholder = serializers.CharField(allow_blank=True)
    focal_x = serializers.IntegerField()
    focal_y = serializers.IntegerField()


class PhotoSerializer(serializers.Serializer[Any]):
    """A photo, and how far it is."""

    id = serializers.UUIDField()
    file_name = serializers.CharField()
    alt = serializers.CharField(allow_blank=True)
    state = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    size = serializers.IntegerField()
    markdown = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    picture = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()

    @extend_schema_field({"type": "string", "pattern": f"^({chr(124).join(PhotoState.values)})$"})
    def get_state(self, photo: Photo) -> str:
        """Waiting for its renditions, ready, or refused."""
        return photo.state

    def get_refusal(self, photo: Photo) -> str:
        """A sentence with the reason and what to do; empty when it was not refused."""
        return refusals.sentence(photo.refusal)

    def get_markdown(self, photo: Photo) -> str:
        """How a post's text names it."""
        return photo.markdown

    def get_thumbnail_url(self, photo: Photo) -> str:
        """The smallest JPEG; empty as long as there is none."""
        return thumbnail_url(photo)

    @extend_schema_field(PictureSerializer(allow_null=True))
    def get_picture(self, photo: Photo) -> dict[str, Any] | None:
        """Null as long as there are no renditions."""
        picture = picture_of(photo)
        return None if picture is None else dict(PictureSerializer(picture).data)


class PhotoPageSerializer(serializers.Serializer[Any]):
    """A page of photos."""

    items = PhotoSerializer(many=True)
    next = serializers.CharField(allow_null=True)
