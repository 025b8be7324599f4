"""`manage.py updates GROUP …`: what editors and owners do at a terminal."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.errors import DomainError
from updates.console import GROUPS


class Command(BaseCommand):
    """Each group says what it can do with `--help`."""

    help = f"Commands of updates: {', '.join(GROUPS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Those of every group."""
        groups = parser.add_subparsers(dest="group", metavar="GROUP", required=True)
        for name, module in GROUPS.items():
            import_module(module).add_arguments(groups.add_parser(name))

    def handle(self, *args: Any, group: str, **options: Any) -> None:
        """Run the group's step; its number is the exit code."""
        try:
            code = import_module(GROUPS[group]).run(options, out=self.stdout, err=self.stderr)
        except DomainError as error:
            raise CommandError(error.detail or str(error)) from error
        if code:
            sys.exit(code)
