"""What was downloaded, by day; and the little that must be remembered to count it once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.deltas import Delta
from updates.models.releases import Artifact


class EdgeLog(models.Model):
    """A log file of the edge, and how many of its lines are counted. A file is known by its first line."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    first_line = models.CharField(_("SHA-256 of its first line"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=300, db_index=True)
    lines = models.PositiveBigIntegerField(_("lines counted"), default=0)
    is_whole = models.BooleanField(_("grows no more"), default=False)
    skipped = models.PositiveBigIntegerField(_("lines left out"), default=0)
    read_at = models.DateTimeField(_("read"), auto_now=True)

    class Meta:
        ordering = ["-read_at"]
        verbose_name = _("log of the edge")
        verbose_name_plural = _("logs of the edge")

    def __str__(self) -> str:
        return self.name


class TraceSalt(models.Model):
    """The secret of a week, with which traces are made; it goes after two more, and with it who they were."""

    week = models.DateField(primary_key=True)
    salt = models.CharField(max_length=64)


class DownloadTraces(models.Model):
    """Parts of one file that clients got in a week: no addresses, but keyed hashes that nobody can turn back.

    Many in a row, since a release day has half a million: `statistics/traces.py` reads and writes it. The
    file is the artifact, or a difference that leads to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    week = models.DateField(db_index=True)
    artifact = models.ForeignKey(Artifact, on_delete=models.CASCADE, related_name="+")
    delta = models.ForeignKey(Delta, null=True, on_delete=models.CASCADE, related_name="+")
    # The first digit of the hashes.
    shard = models.CharField(max_length=1)
    parts = models.BinaryField(default=bytes)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["week", "artifact", "shard"],
                condition=models.Q(delta=None),
                name="download_traces_artifact",
            ),
            models.UniqueConstraint(
                fields=["week", "delta", "shard"],
                condition=models.Q(delta__isnull=False),
                name="download_traces_delta",
            ),
        ]


class DownloadDay(models.Model):
    """One day of one file, in one country, from copies or from the origin, as a whole or as a difference.

    A difference that was made here counts for the file that it leads to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField(_("day"))
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="+")
    country = models.CharField(_("country"), max_length=2, blank=True)
    is_hit = models.BooleanField(_("from a copy"))
    is_delta = models.BooleanField(_("difference"), default=False, db_default=False)
    requests = models.PositiveBigIntegerField(_("requests"), default=0)
    bytes = models.PositiveBigIntegerField(_("bytes"), default=0)
    downloads = models.PositiveBigIntegerField(_("downloads"), default=0)
    resumed = models.PositiveBigIntegerField(_("of these in parts"), default=0)

    class Meta:
        ordering = ["-day", "artifact", "is_delta", "country", "is_hit"]
        verbose_name = _("downloads of a day")
        verbose_name_plural = _("downloads by day")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "artifact", "country", "is_hit"],
                condition=models.Q(is_delta=is_delta),
                name=f"download_day_{'delta' if is_delta else 'whole'}",
            )
            for is_delta in (False, True)
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.artifact_id}"
