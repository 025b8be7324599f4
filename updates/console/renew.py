"""`manage.py updates renew`: what is past half of its life is signed anew, as the schedule does each day."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, TextIO

from updates import commands

_ABOUT = "Have everything signed anew that is past half of its life."
ACTOR = "operator"


def add_arguments(parser: ArgumentParser) -> None:
    """Whether to do it."""
    parser.description = _ABOUT
    parser.add_argument("--dry-run", action="store_true", help="Only say of which products.")


def run(options: dict[str, Any], *, out: TextIO, err: TextIO) -> int:
    """Which products; and what is late."""
    out.write(f"{_run(options)}\n")
    return 0


def _run(options: dict[str, Any]) -> str:
    if options["dry_run"]:
        due = [product.slug for product in commands.products_to_renew()]
        said = f"Would renew {', '.join(due) or 'nothing'}."
    else:
        said = f"Renewing {', '.join(commands.renew_signatures(actor=ACTOR)) or 'nothing'}."
    late = [
        f"{one.product} {one.role} ends on {one.expires_at:%Y-%m-%d %H:%M} UTC"
        for one in commands.late_signatures()
    ]
    return "\n".join([said, *late])
