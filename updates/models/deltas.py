"""The way from one file to a later one, smaller than that file."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.releases import Artifact


class DeltaState(models.TextChoices):
    """What became of it."""

    OFFERED = "offered", _("offered")
    REFUSED = "refused", _("refused")


class Delta(models.Model):
    """Made by us, and applied once before anybody is offered it. A refused one is not tried again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    base = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="deltas")
    state = models.CharField(_("state"), max_length=10, choices=DeltaState.choices)
    finding = models.CharField(_("why it was refused"), max_length=300, blank=True)
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
        constraints = [models.UniqueConstraint(fields=["base", "target"], name="delta_base_target")]

    def __str__(self) -> str:
        return self.file_name
