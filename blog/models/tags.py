"""Tags: what posts are about, each with a page of its own as soon as a public post has it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7

TAG_LENGTH_MOST = 50
# On one post.
TAGS_MOST = 20


class Tag(models.Model):
    """A word that posts have in common. Two that differ in capitals alone are one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=TAG_LENGTH_MOST)
    # The name in small letters, where it may be longer: İ becomes two.
    key = models.CharField(max_length=3 * TAG_LENGTH_MOST, unique=True, editable=False)
    slug = models.CharField(max_length=TAG_LENGTH_MOST + 10, unique=True, editable=False)

    class Meta:
        verbose_name = _("tag")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name
