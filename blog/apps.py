"""The blog service as a Django app."""

from django.apps import AppConfig


class BlogConfig(AppConfig):
    """A blog that is written seldom and read by the world."""

    name = "blog"
    verbose_name = "Blog"
    # Shown on the start page and in the OpenAPI document.
    summary = "A blog, written seldom and read by the world from files at the edge."
    api_version = "1.0.0"

    def ready(self) -> None:
        """Connect the receivers, and say what the blog wants to hear of the outside."""
        from blog import signals  # noqa: F401
        from chassis import inbox

        inbox.register("s3.uploads", handler="blog.inbox.take_upload", prefix="uploads/")
