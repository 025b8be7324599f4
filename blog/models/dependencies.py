"""What each public file was made from, noted when it was made."""

from __future__ import annotations

from django.db import models


class Dependency(models.Model):
    """A public file shows something of this: when that changes, the file is made again.

    A thing is `post:<id>`, `author:<id>`, `tag:<id>`, `photo:<id>`, or `look:<page>:<hash>`: the
    template of a page, with everything that the template takes from the settings.
    """

    key = models.CharField(max_length=255)
    thing = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "thing"], name="blog_dependency_once")]
        indexes = [models.Index(fields=["thing"], name="blog_dependency_thing")]

    def __str__(self) -> str:
        return f"{self.key} shows {self.thing}"
