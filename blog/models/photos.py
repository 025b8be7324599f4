"""Photos as editors sent them, and the renditions of them that the world sees."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chassis.identifiers import uuid7
from chassis.storage import UploadsStorage

# What would end the text of a picture in Markdown.
_NOT_IN_MARKDOWN = str.maketrans({"[": "(", "]": ")", "\\": "/", "\n": " "})


class PhotoState(models.TextChoices):
    """Where a photo is on its way to the page."""

    WAITING = "waiting", _("waiting for its renditions")
    READY = "ready", _("ready")
    REFUSED = "refused", _("refused")


class Photo(models.Model):
    """An original in the private bucket, with what a reader is told of it.

    Its id is the one under which it was uploaded, so telling of one upload twice makes one photo.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    original = models.FileField(
        _("original"),
        storage=UploadsStorage,  # type: ignore[arg-type]  # it becomes a storage at its first use
        max_length=1024,
        unique=True,
    )
    file_name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("declared type"), max_length=127)
    size = models.PositiveBigIntegerField(_("bytes"))
    subject = models.CharField(_("uploaded by"), max_length=128)
    alt = models.CharField(
        _("alternative text"),
        max_length=500,
        blank=True,
        help_text=_(
            "What a reader who does not see the picture should know of it. No post is published without."
        ),
    )
    # In hundredths of width and height from the upper left corner.
    focal_x = models.PositiveSmallIntegerField(
        _("focal point, from the left"), default=50, validators=[MaxValueValidator(100)]
    )
    focal_y = models.PositiveSmallIntegerField(
        _("focal point, from the top"), default=50, validators=[MaxValueValidator(100)]
    )
    state = models.CharField(
        _("state"), max_length=16, choices=PhotoState.choices, default=PhotoState.WAITING
    )
    refusal = models.CharField(_("why it was refused"), max_length=32, blank=True)
    # Of the picture as it is seen, its EXIF orientation applied. 0 until it was decoded.
    width = models.PositiveIntegerField(_("width"), default=0)
    height = models.PositiveIntegerField(_("height"), default=0)
    placeholder = models.TextField(
        _("placeholder"), blank=True, help_text=_("A picture of a few pixels as a data: address.")
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    # Its files are still there for a while, for pages that somebody has open.
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(focal_x__lte=100, focal_y__lte=100), name="photo_focal_point_is_inside"
            ),
            models.CheckConstraint(
                condition=models.Q(state=PhotoState.REFUSED) ^ models.Q(refusal=""),
                name="photo_refused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.alt or self.file_name

    @property
    def markdown(self) -> str:
        """How a post's text names this photo."""
        return f"![{self.alt.translate(_NOT_IN_MARKDOWN)}](photo:{self.id})"


class Rendition(models.Model):
    """One public file of a photo: a width in a format. Its address holds its hash, so it never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="renditions")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content_type = models.CharField(max_length=32)
    key = models.CharField(max_length=255, help_text="In the public bucket.")
    size = models.PositiveIntegerField()
    # Another has taken its place; its file is still there for a while, for pages that name it.
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["photo", "content_type", "width"],
                condition=models.Q(retired_at=None),
                name="rendition_photo_type_width",
            )
        ]
        # Who else uses this file is asked before it is deleted.
        indexes = [models.Index(fields=["key"], name="rendition_key")]

    def __str__(self) -> str:
        return self.key
