"""Authors: who wrote a post, with what accounts last said of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7


class Author(models.Model):
    """A staff member at the issuer who has written here, and their public profile as it was last read.

    The profile is accounts'. This copy lets pages be rendered without asking, and while accounts is away.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.CharField(max_length=255, editable=False)
    subject = models.CharField(_("subject"), max_length=128, editable=False)
    # Empty while no public profile is known: pages then name nobody rather than somebody wrong.
    display_name = models.CharField(_("name"), max_length=100, blank=True)
    # The last part of the address of their page; changes with the name.
    slug = models.CharField(max_length=110, null=True, blank=True, unique=True, editable=False)
    # The one that files link to: taken over by the job that makes that page, so that no link is before it.
    planned_slug = models.CharField(
        max_length=110, blank=True, default="", db_default="", editable=False, db_index=True
    )
    bio = models.TextField(_("about"), max_length=2000, blank=True)
    profile_etag = models.CharField(max_length=100, blank=True, editable=False)
    profile_read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("author")
        ordering = ["display_name", "subject"]
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="blog_author_once")]

    def __str__(self) -> str:
        return self.display_name or self.subject
