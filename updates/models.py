"""Products, their channels, what is released in them, the files of a release, and who did what."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from chassis.models import PublishJob

# A part of addresses and keys: small letters, digits, single hyphens.
SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
SLUG_LENGTH_MOST = 40
VERSION_LENGTH_MOST = 64
NAME_LENGTH_MOST = 120
NOTES_LENGTH_MOST = 20_000
FILE_NAME_LENGTH_MOST = 150

_slug = RegexValidator(SLUG_PATTERN, _("Use small letters and digits, and single hyphens between them."))


class VersionScheme(models.TextChoices):
    """How the versions of a product are written and compared."""

    SEMVER = "semver", _("SemVer (1.4.0, 2.0.0-rc.1)")
    PEP440 = "pep440", _("PEP 440 (1.4, 2.0rc1)")
    INTEGER = "integer", _("whole numbers (41, 42)")


class ReleaseState(models.TextChoices):
    """From the first draft to the end of a release."""

    DRAFT = "draft", _("draft")
    UPLOADED = "uploaded", _("uploaded")
    VERIFIED = "verified", _("verified")
    PUBLISHING = "publishing", _("publishing")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DISCARDED = "discarded", _("discarded")


# A release may still be changed.
OPEN_STATES = frozenset({ReleaseState.DRAFT, ReleaseState.UPLOADED, ReleaseState.VERIFIED})
# Manifests name it.
LIVE_STATES = frozenset({ReleaseState.PUBLISHING, ReleaseState.PUBLISHED})


class ArtifactState(models.TextChoices):
    """Where the bytes of an artifact are."""

    WAITING = "waiting", _("waiting for its bytes")
    UPLOADED = "uploaded", _("being verified")
    VERIFIED = "verified", _("verified")
    REFUSED = "refused", _("refused")


class OperatingSystem(models.TextChoices):
    """For which system a file is."""

    WINDOWS = "windows", "Windows"
    MACOS = "macos", "macOS"
    LINUX = "linux", "Linux"
    ANY = "any", _("any system")


class Architecture(models.TextChoices):
    """For which processor a file is."""

    X86_64 = "x86_64", "x86-64"
    ARM64 = "arm64", "ARM64"
    X86 = "x86", "x86 (32 bit)"
    UNIVERSAL = "universal", _("universal")
    ANY = "any", _("any processor")


class ArtifactKind(models.TextChoices):
    """What a file is for."""

    INSTALLER = "installer", _("installer")
    FULL = "full", _("whole application")
    DELTA = "delta", _("difference to an earlier version")
    BLOCKMAP = "blockmap", _("block map")
    SIGNATURE = "signature", _("signature")


class Product(models.Model):
    """Software that is distributed. Its row is locked by every command that changes anything of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.CharField(
        _("short name"),
        max_length=SLUG_LENGTH_MOST,
        unique=True,
        validators=[_slug],
        help_text=_("Part of every address; never changed."),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH_MOST)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)
    version_scheme = models.CharField(
        _("versions"), max_length=10, choices=VersionScheme.choices, default=VersionScheme.SEMVER
    )
    release_count = models.PositiveIntegerField(default=0, editable=False)
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = _("product")

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """Who gets which releases: stable, beta, …"""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="channels")
    slug = models.CharField(
        _("short name"),
        max_length=SLUG_LENGTH_MOST,
        validators=[_slug],
        help_text=_("Part of the manifest's address; never changed."),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH_MOST)
    is_announced = models.BooleanField(
        _("announced"), default=True, help_text=_("Each release becomes a draft post in the blog.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["product", "created_at", "id"]
        verbose_name = _("channel")
        constraints = [models.UniqueConstraint(fields=["product", "slug"], name="channel_product_slug")]

    def __str__(self) -> str:
        return f"{self.product.name} · {self.name}"


class Artifact(models.Model):
    """A file of a product. Its name belongs to its bytes for ever once it was offered to the public."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="artifacts")
    file_name = models.CharField(_("file name"), max_length=FILE_NAME_LENGTH_MOST)
    # Some file systems and stores do not tell A from a.
    folded_name = models.CharField(max_length=FILE_NAME_LENGTH_MOST, editable=False)
    operating_system = models.CharField(_("system"), max_length=10, choices=OperatingSystem.choices)
    architecture = models.CharField(_("processor"), max_length=10, choices=Architecture.choices)
    kind = models.CharField(_("kind"), max_length=10, choices=ArtifactKind.choices)
    declared_size = models.PositiveBigIntegerField(_("declared size"))
    declared_sha256 = models.CharField(_("declared SHA-256"), max_length=64)
    state = models.CharField(
        _("state"), max_length=10, choices=ArtifactState.choices, default=ArtifactState.WAITING
    )
    finding = models.CharField(_("why it was refused"), max_length=300, blank=True)
    size = models.PositiveBigIntegerField(_("size"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    sha512 = models.CharField("SHA-512", max_length=128, blank=True)
    upload_key = models.CharField(max_length=400, editable=False)
    upload_id = models.CharField(max_length=1024, blank=True, editable=False)
    upload_etag = models.CharField(max_length=128, blank=True, editable=False)
    was_offered = models.BooleanField(
        default=False, editable=False, help_text=_("Published at least once: the name is never free again.")
    )
    created_by = models.CharField(_("added by"), max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    class Meta:
        ordering = ["product", "file_name"]
        verbose_name = _("artifact")
        constraints = [
            models.UniqueConstraint(fields=["product", "folded_name"], name="artifact_product_name")
        ]

    def __str__(self) -> str:
        return self.file_name


class Release(models.Model):
    """One version in one channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(_("version"), max_length=VERSION_LENGTH_MOST)
    # The order in which releases of a product were made; within a channel also that of the versions.
    number = models.PositiveIntegerField(editable=False)
    notes = models.TextField(
        _("notes"), max_length=NOTES_LENGTH_MOST, blank=True, help_text=_("Markdown; for those who update.")
    )
    is_critical = models.BooleanField(
        _("critical"), default=False, help_text=_("Clients should install it without asking.")
    )
    minimum_version = models.CharField(
        _("minimum version"),
        max_length=VERSION_LENGTH_MOST,
        blank=True,
        help_text=_("Older installations must not go on without updating."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ReleaseState.choices, default=ReleaseState.DRAFT
    )
    artifacts = models.ManyToManyField(Artifact, related_name="releases", blank=True)
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    # The last one that published or withdrew it; jobs are kept for some months.
    job = models.ForeignKey(
        PublishJob, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    announcement = models.CharField(
        _("announcement"), max_length=120, blank=True, editable=False, help_text=_("The post in the blog.")
    )
    created_by = models.CharField(_("made by"), max_length=128)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    # In the manifests; they are made before anybody can know when the edge will serve them.
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    published_at = models.DateTimeField(_("served by the edge"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("release")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "version"],
                condition=~models.Q(state="discarded"),
                name="release_channel_version",
            ),
            models.UniqueConstraint(fields=["channel", "number"], name="release_channel_number"),
        ]

    def __str__(self) -> str:
        return f"{self.channel.product.name} {self.version}"

    @property
    def is_open(self) -> bool:
        """Whether notes and files may still change."""
        return self.state in OPEN_STATES


class AuditEntry(models.Model):
    """One step of somebody: append-only, each entry with the hash of the one before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="audit")
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("who"), max_length=128)
    action = models.CharField(_("what"), max_length=40)
    release_id = models.UUIDField(null=True, blank=True)
    details = models.JSONField(_("details"), default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["product", "-number"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [models.UniqueConstraint(fields=["product", "number"], name="audit_product_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: what was written stays as it is."""
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Never."""
        raise TypeError("An audit entry is never deleted.")
