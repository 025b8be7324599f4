"""`manage.py updates statistics [FILE…]`: count the edge's logs now."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import CommandError

from updates import commands
from updates.statistics.sources import file_source


def add_arguments(parser: ArgumentParser) -> None:
    """Files, or none."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="A log. Default: those of UPDATES_EDGE_LOGS."
    )


def run(options: dict[str, Any], *, out: TextIO, err: TextIO) -> int:
    """Count each; a line of each on what was found."""
    if not options["files"]:
        if not settings.UPDATES_EDGE_LOGS:
            raise CommandError("UPDATES_EDGE_LOGS says nothing, and no file is named.")
        out.write(f"{commands.count_logs(settings.UPDATES_EDGE_LOGS)} logs were looked at.")
        return 0
    for path in options["files"]:
        if not path.is_file():
            raise CommandError(f"{path} is no file.")
        source = file_source(path)
        log = commands.count_log(name=source.name, lines=source.lines())
        counted = f"{log.lines} lines are counted, {log.skipped} of them were left out" if log else "no line"
        out.write(f"{source.name}: {counted}.")
    return 0
