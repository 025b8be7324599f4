"""Products and their channels."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.choices import NAME_LENGTH_MOST, SLUG_LENGTH_MOST, SLUG_PATTERN, VersionScheme

_slug = RegexValidator(SLUG_PATTERN, _("Use small letters and digits, and single hyphens between them."))


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
    formats = models.JSONField(
        _("further formats"),
        default=list,
        blank=True,
        help_text=_("What is published beside the plain manifest."),
    )
    needs_second_person = models.BooleanField(
        _("a second person approves"),
        default=False,
        help_text=_("Nobody who worked on a release may approve it."),
    )
    public_keys = models.TextField(
        _("public keys"),
        blank=True,
        max_length=1000,
        help_text=_("One a line, minisign or Ed25519 in Base64: signatures of files are checked with them."),
    )
    needs_signatures = models.BooleanField(
        _("files are signed"),
        default=False,
        help_text=_("A file for installing is taken with a signature by one of the keys only."),
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
