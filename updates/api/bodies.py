"""The shapes of what the updates API is sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from chassis.multipart import PARTS_MOST, SIZE_MOST
from chassis.serializers import StrictSerializer, TextField
from updates.models import (
    FILE_NAME_LENGTH_MOST,
    NAME_LENGTH_MOST,
    NOTES_LENGTH_MOST,
    SIGNATURE_LENGTH_MOST,
    SLUG_LENGTH_MOST,
    SLUG_PATTERN,
    VERSION_LENGTH_MOST,
    Architecture,
    ArtifactKind,
    ManifestFormat,
    OperatingSystem,
    Pipelines,
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
    public_keys = TextField(
        max_length=1000,
        required=False,
        allow_blank=True,
        multiline=True,
        help_text="One a line, minisign or Ed25519 in Base64: signatures of files are checked with them.",
    )
    needs_signatures = serializers.BooleanField(
        required=False, help_text="Whether a file for installing is taken with a signature only."
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


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": 100})
class _Percent(serializers.IntegerField):
    """A number, whose bounds the command holds, with words for people who typed a schedule."""


class StepPlanSerializer(StrictSerializer):
    """A step of a rollout. Without `at`: at once, or as soon as the release is published."""

    percent = _Percent()
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


class PublisherCreateSerializer(StrictSerializer):
    """A workflow that may publish."""

    pipelines = serializers.ChoiceField(Pipelines.choices)
    repository = serializers.CharField(max_length=200, help_text="Such as acme/tide.")
    workflow = serializers.CharField(max_length=200, help_text="Such as release.yml or .gitlab-ci.yml.")
    environment = serializers.CharField(max_length=200, required=False, allow_blank=True)
    issuer = serializers.CharField(
        max_length=200, required=False, help_text="Needed where several GitLabs are trusted."
    )


class ExchangeSerializer(StrictSerializer):
    """A pipeline's token."""

    product = slug_field()
    token = serializers.CharField(max_length=20_000)


class ArtifactCreateSerializer(StrictSerializer):
    """A file of a release. Its bytes follow, and must be these."""

    file_name = serializers.CharField(max_length=FILE_NAME_LENGTH_MOST, trim_whitespace=False)
    operating_system = serializers.ChoiceField(OperatingSystem.choices)
    architecture = serializers.ChoiceField(Architecture.choices)
    kind = serializers.ChoiceField(ArtifactKind.choices)
    size = serializers.IntegerField(min_value=1, max_value=SIZE_MOST)
    signature = TextField(
        max_length=SIGNATURE_LENGTH_MOST,
        required=False,
        multiline=True,
        help_text="Brought by the publisher: the text of the .minisig file, or Ed25519 in Base64.",
    )
    base_file_name = serializers.CharField(
        max_length=FILE_NAME_LENGTH_MOST,
        required=False,
        help_text="Of a difference: the published file that it starts from. A .patch may leave it out.",
    )
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


class RootPreparationSerializer(StrictSerializer):
    """Who holds a product's root from now on."""

    keys = serializers.ListField(
        child=serializers.JSONField(),
        required=False,
        max_length=20,
        help_text="Public keys as TUF writes them, with their `keyid`; without, those of the root before.",
    )
    threshold = serializers.IntegerField(
        min_value=1, max_value=20, required=False, help_text="How many have to sign; all if not said."
    )


class RootSerializer(StrictSerializer):
    """A root with its signatures, as `root.json` holds it."""

    root = serializers.CharField(  # type: ignore[assignment]  # DRF has a property of this name
        max_length=200_000, trim_whitespace=False
    )
