"""Pipelines that may publish a product: who they are, and what they were let in with."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from updates.models.products import Product


class Pipelines(models.TextChoices):
    """Whose continuous integration it is: what its tokens say, and how."""

    GITHUB = "github", "GitHub Actions"
    GITLAB = "gitlab", "GitLab CI/CD"


class TrustedPublisher(models.Model):
    """A workflow of a repository whose tokens are exchanged for one that publishes this product."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="publishers")
    pipelines = models.CharField(_("runs at"), max_length=10, choices=Pipelines.choices)
    issuer = models.CharField(_("issuer"), max_length=200)
    repository = models.CharField(_("repository"), max_length=200, help_text=_("Such as acme/tide."))
    workflow = models.CharField(
        _("workflow"), max_length=200, help_text=_("Its file, such as release.yml or .gitlab-ci.yml.")
    )
    environment = models.CharField(
        _("environment"),
        max_length=200,
        blank=True,
        help_text=_(
            "Protect it at your provider, and name it here. Empty: protected branches and tags alone."
        ),
    )
    # Noted with the first token: whoever takes over an abandoned name is another repository.
    repository_id = models.CharField(max_length=40, blank=True, editable=False)
    created_by = models.CharField(_("added by"), max_length=128)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)

    class Meta:
        ordering = ["product", "created_at", "id"]
        verbose_name = _("trusted publisher")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "issuer", "repository", "workflow", "environment"],
                condition=models.Q(removed_at=None),
                name="trusted_publisher_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.repository} · {self.workflow}"

    @property
    def subject(self) -> str:
        """By what the audit, and whoever checks for a second person, knows it."""
        return f"ci-{self.id.hex}"


class PublisherToken(models.Model):
    """A short-lived token of a trusted publisher: only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publisher = models.ForeignKey(TrustedPublisher, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    # The token that it was exchanged for: each is taken once.
    exchanged = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["expires_at"], name="publisher_token_expires")]

    def __str__(self) -> str:
        return f"{self.publisher} until {self.expires_at:%H:%M}"
