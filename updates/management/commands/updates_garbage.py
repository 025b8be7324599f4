"""`manage.py updates_garbage`: files in the public bucket that no release names."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from updates import commands


class Command(BaseCommand):
    """Tells them; deletes them only when told to."""

    help = "Find files beneath artifacts/ that no release names. Deletes nothing without --delete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Looking is the default."""
        parser.add_argument("--delete", action="store_true", help="Delete what was found.")

    def handle(self, *args: Any, delete: bool, **options: Any) -> str:
        """One line a file, and a sentence."""
        found = commands.collect_garbage(delete=delete)
        for garbage in found:
            self.stdout.write(f"{garbage.key}  {garbage.size} bytes  {garbage.changed_at:%Y-%m-%d}")
        size = sum(garbage.size for garbage in found)
        return f"{'Deleted' if delete else 'Would delete'} {len(found)} files of {size} bytes."
