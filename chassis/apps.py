"""The chassis as a Django app, and what it knows of the services' apps."""

from typing import Protocol, cast

from django.apps import AppConfig, apps


class ChassisConfig(AppConfig):
    """What every service is mounted on."""

    name = "chassis"
    verbose_name = "Publishing and messages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have whoever drains the task queue woken up."""
        from django_tasks.signals import task_enqueued

        from chassis import wake_up

        task_enqueued.connect(wake_up.on_task_enqueued)


class ServiceConfig(Protocol):
    """What a service's app says of itself, for the start page and its OpenAPI document."""

    summary: str
    api_version: str


def service_config(name: str) -> ServiceConfig:
    """The app of one service of this process."""
    return cast(ServiceConfig, apps.get_app_config(name))
