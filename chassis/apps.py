"""The chassis as a Django app."""

from django.apps import AppConfig


class ChassisConfig(AppConfig):
    """What every service is mounted on."""

    name = "chassis"
    verbose_name = "Chassis"
    default_auto_field = "django.db.models.BigAutoField"
