"""Who signs what is published of a product, and what was signed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.products import Product


class SigningRole(models.TextChoices):
    """What a key signs. TUF's root is not among them: its keys never come here."""

    TARGETS = "targets", _("TUF: files")
    SNAPSHOT = "snapshot", _("TUF: snapshot")
    TIMESTAMP = "timestamp", _("TUF: timestamp")
    MANIFEST = "manifest", _("plain manifests (minisign)")


# The keys that a root names.
TUF_ROLES = (SigningRole.TARGETS, SigningRole.SNAPSHOT, SigningRole.TIMESTAMP)


class SigningKey(models.Model):
    """A key that signs without a person: its public part, and where the private one is.

    Which of a role's keys is used, TUF's root says; of the manifests' keys the newest one is.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="signing_keys")
    role = models.CharField(_("signs"), max_length=10, choices=SigningRole.choices)
    key_id = models.CharField(_("key id"), max_length=64)
    public = models.JSONField(_("public key"))
    location = models.CharField(_("where the private key is"), max_length=300)
    created_by = models.CharField(_("made by"), max_length=128)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["product", "role", "created_at", "id"]
        verbose_name = _("signing key")
        constraints = [models.UniqueConstraint(fields=["product", "key_id"], name="signing_key_product_id")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.role} {self.key_id[:12]}"


class SignedFile(models.Model):
    """A signed file as it was published, or will be: the same bytes each time it is written.

    `role` is TUF's (`root`, `targets`, `bin-0f`, …), or `manifest:<channel>`, whose text is a `.minisig`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="signed_files")
    role = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    # The hash of what it says, apart from version and times: unchanged means that nothing is to be signed.
    says = models.CharField(max_length=64)
    body = models.TextField()
    signed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # From then on somebody is told that it was not signed anew.
    late_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["product", "role", "-version"]
        verbose_name = _("signed file")
        constraints = [
            models.UniqueConstraint(fields=["product", "role", "version"], name="signed_file_version"),
            # Two that sign at once: the second one finds out.
            models.UniqueConstraint(
                fields=["product", "role"],
                condition=models.Q(superseded_at=None),
                name="signed_file_current",
            ),
        ]
        indexes = [
            # The ready check asks each time whether there is one.
            models.Index(fields=["late_at"], condition=models.Q(superseded_at=None), name="signed_file_late")
        ]

    def __str__(self) -> str:
        return f"{self.version}.{self.role}"
