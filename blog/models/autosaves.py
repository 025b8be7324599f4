"""What somebody is writing and has not saved: kept, so that a closed window loses nothing."""

from __future__ import annotations

from django.db import models

from blog.models.posts import Post
from chassis.identifiers import uuid7


class Autosave(models.Model):
    """The form of one person for one post, as it was some seconds ago. Saving the draft takes it away."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="autosaves")
    subject = models.CharField(max_length=128)
    # What the form began with: where the draft has another version by now, two have written.
    seen_version = models.PositiveBigIntegerField()
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "subject"], name="blog_autosave_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.saved_at.isoformat()}"
