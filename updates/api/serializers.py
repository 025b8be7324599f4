"""The shapes of what the updates API answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from updates.models import (
    Architecture,
    ArtifactKind,
    ArtifactState,
    DeltaFormat,
    DeltaState,
    ManifestFormat,
    OperatingSystem,
    Pipelines,
    ReleaseState,
    VersionScheme,
)


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
    public_keys = serializers.CharField()
    needs_signatures = serializers.BooleanField()
    channels = ChannelSerializer(many=True, source="channels.all")
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductPageSerializer(serializers.Serializer[Any]):
    """A page of products."""

    items = ProductSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class DeltaSerializer(serializers.Serializer[Any]):
    """A way to a file from an earlier one."""

    file_name = serializers.CharField()
    format = serializers.ChoiceField(DeltaFormat.choices)
    base_file_name = serializers.CharField(source="base.file_name", default=None, allow_null=True)
    state = serializers.ChoiceField(DeltaState.choices)
    finding = serializers.CharField(help_text="Why it is not offered, or what is not known of it.")
    size = serializers.IntegerField()
    created_at = serializers.DateTimeField()


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
    signature = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    sha512 = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    verified_at = serializers.DateTimeField(allow_null=True)
    deltas = DeltaSerializer(many=True, source="deltas.all")


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


class PublisherSerializer(serializers.Serializer[Any]):
    """A workflow that may publish."""

    id = serializers.UUIDField()
    pipelines = serializers.ChoiceField(Pipelines.choices)
    issuer = serializers.CharField()
    repository = serializers.CharField()
    workflow = serializers.CharField()
    environment = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class PublisherListSerializer(serializers.Serializer[Any]):
    """All of them."""

    items = PublisherSerializer(many=True)


class AudienceSerializer(serializers.Serializer[Any]):
    """For whom a pipeline's token must be."""

    audience = serializers.CharField()


class IssuedTokenSerializer(serializers.Serializer[Any]):
    """A token for one product."""

    token = serializers.CharField()
    product = serializers.CharField()
    expires_at = serializers.DateTimeField()


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


class RootSerializer(serializers.Serializer[Any]):
    """The text of a root, to be signed."""

    root = serializers.CharField()  # type: ignore[assignment]  # DRF has a property of this name


class RootVersionSerializer(serializers.Serializer[Any]):
    """The version of the root that is in force."""

    version = serializers.IntegerField()
