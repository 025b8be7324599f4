"""What the updates API reads, and the shapes of what it writes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chassis.multipart import PARTS_MOST, SIZE_MOST
from chassis.serializers import StrictSerializer, TextField
from updates.models import (
    FILE_NAME_LENGTH_MOST,
    NAME_LENGTH_MOST,
    NOTES_LENGTH_MOST,
    SLUG_LENGTH_MOST,
    SLUG_PATTERN,
    VERSION_LENGTH_MOST,
    Architecture,
    ArtifactKind,
    ArtifactState,
    ManifestFormat,
    OperatingSystem,
    ReleaseState,
    VersionScheme,
)


def slug_field() -> serializers.RegexField:
    """A short name: small letters, digits, single hyphens."""
    invalid = "Use small letters and digits, and single hyphens between them."
    return serializers.RegexField(
        SLUG_PATTERN, max_length=SLUG_LENGTH_MOST, error_messages={"invalid": invalid}
    )


def version_field(**kwargs: Any) -> serializers.CharField:
    """A version; which ones there are is the product's scheme's to say."""
    return serializers.CharField(max_length=VERSION_LENGTH_MOST, trim_whitespace=False, **kwargs)


class ProductChangeSerializer(StrictSerializer):
    """What may be changed of a product."""

    name = TextField(max_length=NAME_LENGTH_MOST)
    summary = TextField(max_length=300, allow_blank=True, required=False)
    formats = serializers.ListField(
        child=serializers.ChoiceField(ManifestFormat.choices),
        required=False,
        max_length=len(ManifestFormat.choices),
        help_text="What is published beside the plain manifest. A format is not taken away again.",
    )
    needs_second_person = serializers.BooleanField(
        required=False, help_text="Whether nobody who worked on a release may approve it."
    )


class ProductCreateSerializer(ProductChangeSerializer):
    """A new product."""

    slug = slug_field()
    version_scheme = serializers.ChoiceField(VersionScheme.choices, default=VersionScheme.SEMVER)


class ChannelCreateSerializer(StrictSerializer):
    """A new channel."""

    slug = slug_field()
    name = TextField(max_length=NAME_LENGTH_MOST)
    is_announced = serializers.BooleanField(
        required=False, help_text="Whether each release becomes a draft post in the blog; true if not said."
    )


class ReleaseChangeSerializer(StrictSerializer):
    """What may be changed of a release while it is open."""

    notes = TextField(max_length=NOTES_LENGTH_MOST, allow_blank=True, required=False, multiline=True)
    is_critical = serializers.BooleanField(required=False)
    minimum_version = version_field(required=False, allow_blank=True)
    from_version = version_field(required=False, allow_blank=True)
    below_version = version_field(required=False, allow_blank=True)
    build_number = serializers.IntegerField(required=False, allow_null=True)
    minimum_systems = serializers.DictField(child=serializers.CharField(max_length=40), required=False)
    locales = serializers.ListField(child=serializers.CharField(max_length=20), required=False)


class ReleaseCreateSerializer(ReleaseChangeSerializer):
    """A new release."""

    channel = slug_field()
    version = version_field()


class SubmissionSerializer(StrictSerializer):
    """That a release is ready."""

    publish = serializers.BooleanField(
        default=False, help_text="Whether it is published as soon as it is approved."
    )


class StepPlanSerializer(StrictSerializer):
    """A step of a rollout. Without `at`: at once, or as soon as the release is published."""

    percent = serializers.IntegerField()
    at = serializers.DateTimeField(required=False, allow_null=True)


class RolloutPlanSerializer(StrictSerializer):
    """To how many a release is offered, from when on: as steps, or as a line of text."""

    steps = StepPlanSerializer(many=True, required=False)
    schedule = serializers.CharField(
        required=False, max_length=500, help_text="Such as `1 % now, 10 % tomorrow 9:00, 100 % on Friday`."
    )
    time_zone = serializers.CharField(
        required=False,
        max_length=64,
        help_text="Of the times in `schedule`, such as Europe/Berlin; UTC if not said.",
    )


class ArtifactCreateSerializer(StrictSerializer):
    """A file of a release. Its bytes follow, and must be these."""

    file_name = serializers.CharField(max_length=FILE_NAME_LENGTH_MOST, trim_whitespace=False)
    operating_system = serializers.ChoiceField(OperatingSystem.choices)
    architecture = serializers.ChoiceField(Architecture.choices)
    kind = serializers.ChoiceField(ArtifactKind.choices)
    size = serializers.IntegerField(min_value=1, max_value=SIZE_MOST)
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", error_messages={"invalid": "Write the SHA-256 as 64 small hexadecimal digits."}
    )


class PartNumbersSerializer(StrictSerializer):
    """Parts that are to be sent."""

    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=PARTS_MOST), min_length=1, max_length=100
    )


class EmptySerializer(StrictSerializer):
    """A body without members."""


# --- Shapes of answers ---------------------------------------------------------------------------


class ChannelSerializer(serializers.Serializer[Any]):
    """A channel."""

    slug = serializers.CharField()
    name = serializers.CharField()
    is_announced = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class ProductSerializer(serializers.Serializer[Any]):
    """A product with its channels."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    version_scheme = serializers.ChoiceField(VersionScheme.choices)
    formats = serializers.ListField(child=serializers.ChoiceField(ManifestFormat.choices))
    needs_second_person = serializers.BooleanField()
    channels = ChannelSerializer(many=True, source="channels.all")
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductPageSerializer(serializers.Serializer[Any]):
    """A page of products."""

    items = ProductSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ArtifactSerializer(serializers.Serializer[Any]):
    """A file of a release."""

    id = serializers.UUIDField()
    file_name = serializers.CharField()
    operating_system = serializers.ChoiceField(OperatingSystem.choices)
    architecture = serializers.ChoiceField(Architecture.choices)
    kind = serializers.ChoiceField(ArtifactKind.choices)
    state = serializers.ChoiceField(ArtifactState.choices)
    finding = serializers.CharField(help_text="Why the bytes were refused.")
    declared_size = serializers.IntegerField()
    declared_sha256 = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    sha512 = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)


class PartSerializer(serializers.Serializer[Any]):
    """A part that has arrived."""

    number = serializers.IntegerField()
    etag = serializers.CharField()
    size = serializers.IntegerField()


class ArtifactUploadSerializer(serializers.Serializer[Any]):
    """How a file is to be cut, and what has arrived of it."""

    part_bytes = serializers.IntegerField()
    part_count = serializers.IntegerField()
    parts = PartSerializer(many=True)


class PartUrlsSerializer(serializers.Serializer[Any]):
    """An address for each part, by its number."""

    urls = serializers.DictField(child=serializers.CharField())


class RolloutStepSerializer(serializers.Serializer[Any]):
    """A step of a rollout."""

    percent = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    served_after_milliseconds = serializers.IntegerField(
        source="job.receipt.milliseconds", default=None, allow_null=True
    )


class RolloutSerializer(serializers.Serializer[Any]):
    """To how many a release is offered."""

    percent = serializers.IntegerField(source="rollout_percent")
    salt = serializers.CharField(source="rollout_salt")
    steps = RolloutStepSerializer(many=True, source="steps.all")


class ReceiptSerializer(serializers.Serializer[Any]):
    """Whether the edge serves the last change, and since when."""

    state = serializers.CharField(help_text="waiting, running, published or failed.")
    error = serializers.CharField()
    served_after_milliseconds = serializers.IntegerField(
        source="receipt.milliseconds", default=None, allow_null=True
    )


class ReleaseSerializer(serializers.Serializer[Any]):
    """A release."""

    id = serializers.UUIDField()
    product = serializers.CharField(source="channel.product.slug")
    channel = serializers.CharField(source="channel.slug")
    version = serializers.CharField()
    state = serializers.ChoiceField(ReleaseState.choices)
    notes = serializers.CharField()
    is_critical = serializers.BooleanField()
    minimum_version = serializers.CharField()
    from_version = serializers.CharField()
    below_version = serializers.CharField()
    build_number = serializers.IntegerField(allow_null=True)
    minimum_systems = serializers.DictField(child=serializers.CharField())
    locales = serializers.ListField(child=serializers.CharField())
    rollout = RolloutSerializer(source="*")
    receipt = ReceiptSerializer(source="job", allow_null=True)
    artifacts = ArtifactSerializer(many=True, source="artifacts.all")
    revision = serializers.IntegerField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    submitted_by = serializers.CharField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField()
    approved_at = serializers.DateTimeField(allow_null=True)
    published_by = serializers.CharField()
    released_at = serializers.DateTimeField(allow_null=True, help_text="When Publish was asked for.")
    published_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class ReleasePageSerializer(serializers.Serializer[Any]):
    """A page of releases."""

    items = ReleaseSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class AuditEntrySerializer(serializers.Serializer[Any]):
    """One step; `hash` is over all of it and `previous_hash`."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    release_id = serializers.UUIDField(allow_null=True)
    details = serializers.DictField()
    previous_hash = serializers.CharField()
    hash = serializers.CharField()


class AuditPageSerializer(serializers.Serializer[Any]):
    """A page of steps."""

    items = AuditEntrySerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ManifestProductSerializer(serializers.Serializer[Any]):
    """Whose manifest it is."""

    slug = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField(help_text="The download page for people.")


class ManifestFileSerializer(serializers.Serializer[Any]):
    """A file that always has the same bytes."""

    file_name = serializers.CharField()
    url = serializers.CharField()
    operating_system = serializers.ChoiceField(OperatingSystem.choices)
    architecture = serializers.ChoiceField(Architecture.choices)
    kind = serializers.ChoiceField(ArtifactKind.choices)
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    sha512 = serializers.CharField()
    signature = serializers.CharField(allow_null=True)


class ManifestRolloutSerializer(serializers.Serializer[Any]):
    """To how many it is offered."""

    percent = serializers.IntegerField(min_value=0, max_value=100)
    salt = serializers.CharField()


class ManifestRequirementsSerializer(serializers.Serializer[Any]):
    """Which installations may get it."""

    from_version = serializers.CharField(allow_null=True)
    below_version = serializers.CharField(allow_null=True)
    minimum_systems = serializers.DictField(child=serializers.CharField())
    locales = serializers.ListField(child=serializers.CharField())


class ManifestReleaseSerializer(serializers.Serializer[Any]):
    """A release as clients see it."""

    version = serializers.CharField()
    released_at = serializers.DateTimeField()
    is_critical = serializers.BooleanField()
    minimum_version = serializers.CharField(allow_null=True)
    build_number = serializers.IntegerField(allow_null=True)
    notes = serializers.CharField()
    rollout = ManifestRolloutSerializer()
    requirements = ManifestRequirementsSerializer()
    files = ManifestFileSerializer(many=True)


class ManifestSerializer(serializers.Serializer[Any]):
    """The manifest of a channel; its own `$schema` says more."""

    product = ManifestProductSerializer()
    channel = serializers.CharField()
    latest = ManifestReleaseSerializer(allow_null=True)
    previous = ManifestReleaseSerializer(many=True)
