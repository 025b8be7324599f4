"""`manage.py updates offload audit|plan`: a CDN in front of an application that may not be changed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError
from django.utils import timezone

from updates.console.progress import Progress
from updates.offload import audit
from updates.offload.paths import DEFAULT_PATTERNS, SECONDS, BadPattern, matcher


def add_arguments(parser: ArgumentParser) -> None:
    """The two steps."""
    steps = parser.add_subparsers(dest="step", metavar="audit|plan", required=True)
    _add_plan(steps.add_parser("plan", help="Replay the origin's log through a model of an edge."))
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
    return _plan(options, out, err) if options["step"] == "plan" else _audit(options, out, err)


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


def _add_plan(parser: ArgumentParser) -> None:
    parser.description = (
        "Reads logs of nginx and Apache (combined), ALB and S3, packed by gzip or not, and says what an edge "
        "would leave for the origin."
    )
    parser.add_argument(
        "--log", action="append", required=True, type=Path, metavar="FILE", help="May be repeated."
    )
    _add_patterns(parser)
    parser.add_argument(
        "--places", type=int, default=1, help="How many caches there are. Default 1: the desk's edge."
    )
    parser.add_argument("--no-shield", action="store_true", help="Each cache asks the origin itself.")
    parser.add_argument("--cache-gb", type=float, default=0.0, help="Room of each cache. Default: no limit.")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="For how long a copy is fresh.")
    parser.add_argument(
        "--query", choices=("drop", "keep"), default="drop", help="keep: a copy for each query."
    )
    parser.add_argument(
        "--no-304", action="store_true", help="The origin answers conditions with whole files."
    )
    parser.add_argument("--days", type=float, default=0.0, help="How many days the log stands for.")
    parser.add_argument("--prices", type=Path, metavar="FILE", help="JSON with prices of one's own.")
    parser.add_argument(
        "--origin", default="origin.example.com", metavar="HOST", help="For the stack's values."
    )
    parser.add_argument(
        "--shield-region", default="us-east-1", metavar="REGION", help="For the stack's values."
    )
    parser.add_argument("--chart", type=Path, metavar="FILE.svg", help="Draw before and after.")
    parser.add_argument("--parameters", type=Path, metavar="FILE.json", help="Write the stack's values.")
    parser.add_argument("--json", action="store_true", help="One JSON document instead of text.")


def _plan(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    from updates.offload import plan, prices, report
    from updates.offload.logs import UnknownFormat
    from updates.offload.model import Edge, Replay

    try:
        table = prices.read_prices(options["prices"])
        edge = Edge(
            places=max(1, options["places"]),
            has_shield=not options["no_shield"],
            cache_bytes=int(options["cache_gb"] * 10**9),
            seconds=options["seconds"],
            patterns=tuple(options["path"] or DEFAULT_PATTERNS),
            keeps_query=options["query"] == "keep",
            answers_304=not options["no_304"],
        )
        replay = Replay(edge)
        for log in options["log"]:
            with Progress(err) as progress:
                replay.read(log, progress=progress)
        found = plan.make_plan(replay, table, days=options["days"])
        if options["chart"]:
            options["chart"].write_text(report.chart_of(found), encoding="utf-8")
        if options["parameters"]:
            values = plan.stack_parameters(
                found,
                origin=options["origin"],
                shield_region=options["shield_region"],
            )
            options["parameters"].write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    except (UnknownFormat, prices.BadPrices, OSError) as error:
        raise CommandError(str(error)) from error
    out.write(json.dumps(found.document(), indent=2) if options["json"] else report.text_of(found, table))
    return 0
