"""What the accounts API reads and writes. Keys are checked by `accounts.folder`, for every door alike."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chassis.auth import SUBJECT_PATTERN
from chassis.multipart import PARTS_MOST, SIZE_MOST
from chassis.serializers import StrictSerializer, TextField

# RFC 6838 §4.2: type and subtype; parameters are left out on purpose.
CONTENT_TYPE = r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$"
# The pattern by itself finds a subject anywhere in a text.
SUBJECT = f"^{SUBJECT_PATTERN.pattern}$"
KEYS_MOST = 1000
KEY_LENGTH_MOST = 900
UPLOAD_ID_LENGTH_MOST = 1024


def key_field() -> serializers.CharField:
    """A user's key; its rules are the folder's."""
    return serializers.CharField(max_length=KEY_LENGTH_MOST, trim_whitespace=False)


def size_field() -> serializers.IntegerField:
    """A number of bytes."""
    return serializers.IntegerField(min_value=0, max_value=SIZE_MOST)


def content_type_field() -> serializers.RegexField:
    """A media type without parameters."""
    return serializers.RegexField(CONTENT_TYPE, default="application/octet-stream", max_length=127)


class ProfileChangeSerializer(StrictSerializer):
    """What an owner may change of their profile."""

    display_name = TextField(max_length=100, allow_blank=True, required=False)
    bio = TextField(max_length=2000, allow_blank=True, required=False, multiline=True)
    is_public = serializers.BooleanField(required=False)


class MeSerializer(serializers.Serializer[Any]):
    """One's own profile."""

    id = serializers.UUIDField()
    subject = serializers.CharField()
    email = serializers.CharField()
    display_name = serializers.CharField()
    bio = serializers.CharField()
    is_public = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PublicProfileSerializer(serializers.Serializer[Any]):
    """A profile as everybody may read it."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()
    bio = serializers.CharField()


class StoredFileSerializer(serializers.Serializer[Any]):
    """A file of a folder."""

    key = serializers.CharField()
    size = serializers.IntegerField()
    etag = serializers.CharField()
    content_type = serializers.CharField()
    last_modified = serializers.DateTimeField()


class FolderPageSerializer(serializers.Serializer[Any]):
    """One level of a folder."""

    items = StoredFileSerializer(many=True)
    prefixes = serializers.ListField(child=serializers.CharField())
    next = serializers.CharField(allow_null=True)


class UsageSerializer(serializers.Serializer[Any]):
    """How full a folder is."""

    used_bytes = serializers.IntegerField(help_text="The files, without what the services keep here.")
    stored_bytes = serializers.IntegerField(help_text="With older versions and unfinished uploads.")
    files = serializers.IntegerField()
    quota_bytes = serializers.IntegerField()
    counted_at = serializers.DateTimeField()


class CredentialsSerializer(serializers.Serializer[Any]):
    """Temporary credentials for one folder."""

    access_key_id = serializers.CharField()
    secret_access_key = serializers.CharField()
    session_token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    renew_after = serializers.DateTimeField()
    bucket = serializers.CharField()
    prefix = serializers.CharField()
    region = serializers.CharField()
    endpoint_url = serializers.CharField()
    may_write = serializers.BooleanField()


class EmptySerializer(StrictSerializer):
    """A body without members."""


class UploadSerializer(StrictSerializer):
    """A file that is to be uploaded at once."""

    key = key_field()
    content_type = content_type_field()
    size = size_field()


class UploadFormSerializer(serializers.Serializer[Any]):
    """Send `fields`, then the file as `file`, as multipart/form-data to `url`."""

    url = serializers.CharField()
    fields_ = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`fields` is a name that DRF keeps for itself."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_")
        return found


class KeySerializer(StrictSerializer):
    """Names one file."""

    key = key_field()


class DownloadSerializer(serializers.Serializer[Any]):
    """An address that is good for `seconds`."""

    url = serializers.CharField()
    seconds = serializers.IntegerField()


class KeysSerializer(StrictSerializer):
    """Names some files."""

    keys = serializers.ListField(child=key_field(), min_length=1, max_length=KEYS_MOST)


class MultipartSerializer(serializers.Serializer[Any]):
    """An upload that was begun."""

    upload_id = serializers.CharField()
    key = serializers.CharField()
    part_bytes = serializers.IntegerField()
    part_count = serializers.IntegerField()


class UnfinishedUploadSerializer(serializers.Serializer[Any]):
    """An upload that was begun, and neither completed nor given up."""

    key = serializers.CharField()
    upload_id = serializers.CharField()
    begun_at = serializers.DateTimeField()


class UnfinishedUploadsSerializer(serializers.Serializer[Any]):
    """The unfinished uploads of a folder."""

    items = UnfinishedUploadSerializer(many=True)


class UploadIdSerializer(KeySerializer):
    """Names an unfinished upload."""

    upload_id = serializers.RegexField(r"^[\x21-\x7e]+$", max_length=UPLOAD_ID_LENGTH_MOST)


class PartNumbersSerializer(UploadIdSerializer):
    """Parts whose addresses are asked for."""

    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=PARTS_MOST), min_length=1, max_length=100
    )


class PartUrlsSerializer(serializers.Serializer[Any]):
    """PUT each part to its address."""

    urls = serializers.DictField(child=serializers.CharField())


class PartSerializer(serializers.Serializer[Any]):
    """A part that has arrived."""

    number = serializers.IntegerField()
    etag = serializers.CharField()
    size = serializers.IntegerField()


class PartsSerializer(serializers.Serializer[Any]):
    """The parts that have arrived."""

    parts = PartSerializer(many=True)


class CompletionSerializer(UploadIdSerializer):
    """An upload whose parts have all been sent."""

    size = size_field()


class AttachmentCheckSerializer(StrictSerializer):
    """A file of a user that another service wants to link."""

    subject = serializers.RegexField(SUBJECT, max_length=128)
    key = key_field()
