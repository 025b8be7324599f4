"""What is released: the files, the versions, and to how many it goes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from chassis.models import PublishJob
from updates.models.choices import (
    FILE_NAME_LENGTH_MOST,
    NOTES_LENGTH_MOST,
    OPEN_STATES,
    PERCENT_MOST,
    SIGNATURE_LENGTH_MOST,
    VERSION_LENGTH_MOST,
    Architecture,
    ArtifactKind,
    ArtifactState,
    OperatingSystem,
    ReleaseState,
)
from updates.models.products import Channel, Product

if TYPE_CHECKING:
    from updates.models.deltas import Delta


def new_salt() -> str:
    """What makes the first who get one release others than the first who get the next."""
    return secrets.token_hex(8)


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
    signature = models.TextField(
        _("signature"),
        blank=True,
        max_length=SIGNATURE_LENGTH_MOST,
        help_text=_("Brought by the publisher: the text of a .minisig file, or Ed25519 in Base64."),
    )
    # Of a difference that was brought: the earlier file that it starts from, where its publisher said it.
    base = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ArtifactState.choices, default=ArtifactState.WAITING
    )
    finding = models.CharField(_("why it was refused"), max_length=300, blank=True)
    size = models.PositiveBigIntegerField(_("size"), null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    sha512 = models.CharField("SHA-512", max_length=128, blank=True)
    # Of a .tar.gz: the tar inside, by which tufup's client checks what it has patched.
    inner_size = models.PositiveBigIntegerField(null=True, editable=False)
    inner_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    upload_key = models.CharField(max_length=400, editable=False)
    upload_id = models.CharField(max_length=1024, blank=True, editable=False)
    upload_etag = models.CharField(max_length=128, blank=True, editable=False)
    was_offered = models.BooleanField(
        default=False, editable=False, help_text=_("Published at least once: the name is never free again.")
    )
    created_by = models.CharField(_("added by"), max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    # The other side of `Delta.target`.
    deltas: models.QuerySet[Delta]
    # The other side of `Delta.brought`; only of a difference, and only once it was looked at.
    proof: Delta

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
    from_version = models.CharField(
        _("for versions from"),
        max_length=VERSION_LENGTH_MOST,
        blank=True,
        help_text=_("Only installations of this version or a higher one get it."),
    )
    below_version = models.CharField(
        _("for versions below"),
        max_length=VERSION_LENGTH_MOST,
        blank=True,
        help_text=_("Only installations below this version get it."),
    )
    build_number = models.PositiveBigIntegerField(
        _("build number"),
        null=True,
        blank=True,
        help_text=_("What some clients compare instead of the version (CFBundleVersion)."),
    )
    minimum_systems = models.JSONField(
        _("minimum systems"),
        default=dict,
        blank=True,
        help_text=_('The oldest version of each system on which it runs, such as {"macos": "12.0"}.'),
    )
    locales = models.JSONField(
        _("languages"),
        default=list,
        blank=True,
        help_text=_('Only for these, such as ["de", "pt-BR"]; empty for all.'),
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
    # Of those who may get it at all. It only grows.
    rollout_percent = models.PositiveSmallIntegerField(
        _("rollout"), default=PERCENT_MOST, editable=False, help_text=_("Per cent of the installations.")
    )
    rollout_salt = models.CharField(max_length=32, default=new_salt, editable=False)
    created_by = models.CharField(_("made by"), max_length=128)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    submitted_by = models.CharField(_("submitted by"), max_length=128, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    approved_by = models.CharField(_("approved by"), max_length=128, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    publishes_when_approved = models.BooleanField(default=False, editable=False)
    published_by = models.CharField(_("published by"), max_length=128, blank=True, editable=False)
    # In the manifests; they are made before anybody can know when the edge will serve them.
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    published_at = models.DateTimeField(_("served by the edge"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=models.Q(rollout_percent__lte=PERCENT_MOST), name="release_rollout_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel.product.name} {self.version}"

    @property
    def is_open(self) -> bool:
        """Whether notes and files may still change."""
        return self.state in OPEN_STATES

    @property
    def has_failed_publish(self) -> bool:
        """Whether what was asked for last did not reach the edge."""
        return self.job is not None and self.job.state == PublishJob.State.FAILED


class RolloutStep(models.Model):
    """From when on a release is offered to how many."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="steps")
    percent = models.PositiveSmallIntegerField(_("per cent"))
    due_at = models.DateTimeField(
        _("due"), null=True, blank=True, help_text=_("Empty: as soon as the release is published.")
    )
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    # The publish that carried it to the edge; its receipt says how fast.
    job = models.ForeignKey(
        PublishJob, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.CharField(_("planned by"), max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["percent"]
        verbose_name = _("rollout step")
        constraints = [
            models.UniqueConstraint(fields=["release", "percent"], name="rollout_step_percent"),
            models.CheckConstraint(
                condition=models.Q(percent__lte=PERCENT_MOST), name="rollout_step_percent_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"
