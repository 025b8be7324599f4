"""The blog service as a Django app."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from chassis.models import PublishJob
    from chassis.publishing import Plan


class BlogConfig(AppConfig):
    """A blog that is written seldom and read by the world."""

    name = "blog"
    verbose_name = "Blog"
    # Shown on the start page and in the OpenAPI document.
    summary = "A blog, written seldom and read by the world from files at the edge."
    api_version = "1.0.0"

    def ready(self) -> None:
        """Connect the receivers, and say what the blog hears of the outside and what it publishes."""
        from blog import signals  # noqa: F401
        from chassis import inbox, publishing

        inbox.register("s3.uploads", handler="blog.inbox.take_upload", prefix="uploads/")
        inbox.register("ses", handler="blog.inbox.take_mail_event")
        publishing.register("photo-files", plan=_plan_photo_files, published=_after_photo_files)
        for kind in ("post", "author", "tag", "photo", "look", "part", "lists"):
            publishing.register(f"blog.{kind}", plan=partial(_plan, kind))


def _plan(kind: str, argument: str) -> Plan:
    """By a name, so that templates and feeds are imported by the job and not by every start."""
    from blog.commands import site_files

    return site_files.plan(kind, argument)


def _plan_photo_files(scope: str) -> Plan:
    from blog.commands import renditions

    return renditions.plan_photo_files(scope)


def _after_photo_files(job: PublishJob) -> None:
    from blog.commands import renditions

    renditions.remake_what_was_removed(job)
