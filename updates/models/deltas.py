"""The way from one file to a later one, smaller than that file."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.releases import Artifact


class DeltaState(models.TextChoices):
    """What became of it."""

    OFFERED = "offered", _("offered")
    # It cannot be applied here: its signature was checked, and that is all that is known of it.
    TRUSTED = "trusted", _("offered as it was brought")
    REFUSED = "refused", _("refused")


# Manifests may name it.
OFFERED_STATES = (DeltaState.OFFERED, DeltaState.TRUSTED)


class DeltaFormat(models.TextChoices):
    """What applies it. The values are in manifests."""

    ZSTD = "zstd-prefix", "zstd"
    BSDIFF = "bsdiff4", "bsdiff"
    FOREIGN = "foreign", _("the application's own")


class Delta(models.Model):
    """Applied once before anybody is offered it. One that was made and refused is not made again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Nothing where one was brought that leads from none of the last versions.
    base = models.ForeignKey(Artifact, null=True, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="deltas")
    # The file of the release that it is; nothing where it was made here.
    brought = models.OneToOneField(
        Artifact, null=True, editable=False, on_delete=models.CASCADE, related_name="proof"
    )
    format = models.CharField(
        _("format"),
        max_length=12,
        choices=DeltaFormat.choices,
        default=DeltaFormat.ZSTD,
        db_default=DeltaFormat.ZSTD,
    )
    state = models.CharField(_("state"), max_length=10, choices=DeltaState.choices)
    finding = models.CharField(_("what was found"), max_length=300, blank=True)
    file_name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    # How much a client has to keep in memory, as a power of two.
    window_log = models.PositiveSmallIntegerField(default=0)
    # Of a .tar.gz: the way from the tar inside to the tar inside.
    is_unpacked = models.BooleanField(default=False)
    upload_key = models.CharField(max_length=400, editable=False)
    upload_etag = models.CharField(max_length=128, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["target", "-created_at"]
        verbose_name = _("difference")
        constraints = [
            models.UniqueConstraint(
                fields=["base", "target", "format"],
                condition=models.Q(brought=None),
                name="delta_base_target_format",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_offered(self) -> bool:
        """Whether manifests may name it."""
        return self.state in OFFERED_STATES
