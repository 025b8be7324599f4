"""The chassis as a Django app, and what it knows of the services' apps."""

from typing import Protocol, cast

from django.apps import AppConfig, apps


class ChassisConfig(AppConfig):
    """What every service is mounted on."""

    name = "chassis"
    verbose_name = "Chassis"
    default_auto_field = "django.db.models.BigAutoField"


class ServiceConfig(Protocol):
    """What a service's app says of itself, for the start page and its OpenAPI document."""

    summary: str
    api_version: str


def service_config(name: str) -> ServiceConfig:
    """The app of one service of this process."""
    return cast(ServiceConfig, apps.get_app_config(name))
