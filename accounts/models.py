"""Profiles: what accounts knows of a subject. Who they are is the identity provider's."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7


class Profile(models.Model):
    """One subject's profile, and how full their folder was when it was counted last."""

    id = models.UUIDField(
        primary_key=True, default=uuid7, editable=False, help_text=_("Public: the address of the profile.")
    )
    subject = models.CharField(_("subject"), max_length=128, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True)
    display_name = models.CharField(_("name"), max_length=100, blank=True)
    bio = models.TextField(_("about"), max_length=2000, blank=True)
    is_public = models.BooleanField(_("public"), default=False, help_text=_("Whether everybody may read it."))
    version = models.PositiveBigIntegerField(default=1, editable=False)
    folder_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    folder_stored_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    folder_files = models.PositiveBigIntegerField(default=0, editable=False)
    folder_counted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.display_name or self.subject
