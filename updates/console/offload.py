"""`manage.py updates offload audit|plan`: a CDN in front of an application that may not be changed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any, TextIO

from django.core.management.base import CommandError
from django.utils import timezone

from updates.offload import audit
from updates.offload.paths import DEFAULT_PATTERNS, BadPattern, matcher


def add_arguments(parser: ArgumentParser) -> None:
    """The two steps."""
    steps = parser.add_subparsers(dest="step", metavar="audit|plan", required=True)
    _add_audit(
        steps.add_parser(
            "audit", help="Ask an origin what an edge would ask, and say path by path what to do."
        )
    )


def run(options: dict[str, Any], *, out: TextIO, err: TextIO) -> int:
    """One step; the exit code."""
    try:
        matcher(tuple(options.get("path") or ()))
    except BadPattern as error:
        raise CommandError(str(error)) from error
    return _audit(options, out, err)


def _add_patterns(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--path",
        action="append",
        metavar="PATTERN",
        help="A pattern of artifact paths, such as '/downloads/*'; may be given several times. "
        "Default: the usual endings (*.exe, *.dmg, *.zip, …).",
    )


def _add_audit(parser: ArgumentParser) -> None:
    parser.description = "Exit code 0: all can be kept. 1: some are refused. 2: one could not be asked."
    parser.add_argument("urls", nargs="+", metavar="URL", help="The address of a file at the origin.")
    _add_patterns(parser)
    parser.add_argument(
        "--obey-origin",
        action="store_true",
        help="Judge an edge that keeps to the origin's caching headers: refuses what would amplify.",
    )
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="SECONDS", help="For each question. Default 10."
    )
    parser.add_argument("--json", action="store_true", help="One JSON document instead of text.")


def _audit(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    verdicts = audit.audit(
        options["urls"],
        patterns=options["path"] or DEFAULT_PATTERNS,
        obeys_origin=options["obey_origin"],
        seconds=max(0.1, options["timeout"]),
        progress=lambda url: err.write(f"Asking {url} …"),
    )
    code = audit.exit_code(verdicts)
    if options["json"]:
        document = {
            "audited_at": timezone.now().isoformat(timespec="seconds"),
            "exit_code": code,
            "paths": [verdict.document() for verdict in verdicts],
        }
        out.write(json.dumps(document, indent=2, ensure_ascii=False))
        return code
    for verdict in verdicts:
        out.write(f"{audit.text_of(verdict)}\n")
    kept = sum(verdict.is_kept for verdict in verdicts)
    out.write(f"{kept} of {len(verdicts)} can be kept at an edge.")
    return code
