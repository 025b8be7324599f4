"""Runs as a process of its own with `SERVICES` set: what one service shows of itself, as JSON."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Boot, check, migrate an empty database, look at the doors, print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    call_command("check", verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", verbosity=0)
    from django.contrib.auth import get_user_model

    staff = get_user_model().objects.create_superuser("root", password="root")
    browser = Client()
    browser.force_login(staff)
    admin_page = browser.get("/admin/")
    shown = {
        "admin_status": admin_page.status_code,
        "admin_apps": [app["app_label"] for app in admin_page.context["app_list"]],
        "schemas": {
            service: browser.get(f"/api/{service}/v1/schema/?format=json").status_code
            for service in settings.KNOWN_SERVICES
        },
        "start_page": browser.get("/").content.decode(),
        "tables": sorted(model._meta.app_label for model in django.apps.apps.get_models()),
    }
    json.dump(shown, sys.stdout)


if __name__ == "__main__":
    main()
