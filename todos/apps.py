"""The todos service as a Django app."""

from django.apps import AppConfig


class TodosConfig(AppConfig):
    """To-do lists, written sometimes and read mostly."""

    name = "todos"
    verbose_name = "To-dos"
    # Shown on the start page and in the OpenAPI document.
    summary = "To-do lists, written sometimes and read mostly."
    api_version = "1.1.0"

    def ready(self) -> None:
        """Connect what the facts cause."""
        from todos import signals  # noqa: F401
