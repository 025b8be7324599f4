"""What steps leave behind: files and the audit, for looking only."""

from __future__ import annotations

from django.contrib import admin

from updates.admin.base import LookingOnly
from updates.models import Artifact, AuditEntry, Delta


@admin.register(Artifact)
class ArtifactAdmin(LookingOnly):
    """Files, with what was found in them. They are added on the page of their release."""

    list_display = ("file_name", "product", "operating_system", "architecture", "kind", "state", "size")
    list_select_related = ("product",)
    list_filter = ("product", "state")
    search_fields = ("file_name", "sha256")


@admin.register(Delta)
class DeltaAdmin(LookingOnly):
    """Differences that were made or brought, and why others are not offered."""

    list_display = ("file_name", "base", "format", "size", "state", "finding", "created_at")
    list_select_related = ("base",)
    list_filter = ("target__product", "format", "state")


@admin.register(AuditEntry)
class AuditEntryAdmin(LookingOnly):
    """Who did what."""

    list_display = ("product", "number", "at", "actor", "action", "details")
    list_select_related = ("product",)
    list_filter = ("product", "action")
