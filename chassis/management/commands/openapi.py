"""`manage.py openapi`: the OpenAPI document of each service, as a file of the repository."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chassis.api_documents import checked_document
from chassis.committed import Printed, write_or_check


class Command(BaseCommand):
    """Write or check `docs/openapi/<service>.yaml`."""

    help = "Write docs/openapi/<service>.yaml of every service of this process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--check", action="store_true", help="Only compare; fail where they differ.")

    def handle(self, *args: Any, check: bool, **options: Any) -> str:
        """Print from the code, or compare."""
        root = settings.BASE_DIR
        files = [
            Printed(root / "docs" / "openapi" / f"{service}.yaml", checked_document(service).decode())
            for service in settings.SERVICES
        ]
        return write_or_check(files, root=root, check=check, command="openapi")
