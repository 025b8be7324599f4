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
        """Connect what the facts cause, and let an export come in again."""
        from django.conf import settings

        from chassis.middleware import allow_larger_body
        from todos import signals  # noqa: F401

        allow_larger_body(
            "/api/todos/v1/import",
            bytes_most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            advice="Send the export in parts: lists, then to-dos, then completions. Twice does no harm.",
        )
