"""The updates service as a Django app."""

from django.apps import AppConfig


class UpdatesConfig(AppConfig):
    """Software releases, distributed in mass."""

    name = "updates"
    verbose_name = "Updates"
    # Shown on the start page and in the OpenAPI document.
    summary = "Software updates, distributed in mass from the edge."
    api_version = "1.0.0"

    def ready(self) -> None:
        """Connect the receivers."""
        from updates import signals  # noqa: F401
