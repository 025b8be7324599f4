"""Rows of a benchmark: ours beside a peer's from the same run, as a table and for machines."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Row:
    """One case. `ratio` says how many times better ours is: above 1 is better, in every unit."""

    case: str
    unit: str
    ours: float
    peer: str
    theirs: float
    ratio: float
    rounds: int
    spread: str


def compare(
    case: str, unit: str, ours: Sequence[float], peer: str, theirs: Sequence[float], *, more_is_better: bool
) -> Row:
    """Medians, and the median of the ratios round by round with their least and greatest.

    The rounds of both sides alternate, so a machine that slows down slows both.
    """
    pairs = zip(ours, theirs, strict=True)
    ratios = [mine / other if more_is_better else other / mine for mine, other in pairs]
    return Row(
        case=case,
        unit=unit,
        ours=round(statistics.median(ours), 3),
        peer=peer,
        theirs=round(statistics.median(theirs), 3),
        ratio=round(statistics.median(ratios), 2),
        rounds=len(ratios),
        spread=f"{min(ratios):.2f}-{max(ratios):.2f}",
    )


def table(rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [
        "| case | unit | ours | peer | theirs | ratio | spread of the ratio | rounds |",
        "|---|---|---:|---|---:|---:|---|---:|",
    ]
    lines += [
        f"| {row.case} | {row.unit} | {row.ours:g} | {row.peer} | {row.theirs:g} | **{row.ratio:g}×** "
        f"| {row.spread} | {row.rounds} |"
        for row in rows
    ]
    return "\n".join(lines)


def save(name: str, rows: Sequence[Row]) -> Path:
    """Write `build/bench/<name>.json`."""
    path = ROOT / "build" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    return path
