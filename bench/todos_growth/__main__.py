"""`make bench-growth`: fill, measure, and write table and plot."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from bench import page
from bench.results import ROOT
from bench.todos_growth import FULL_SIZES, SIZES, TRIAL_SIZES, Growth, measure
from bench.todos_growth.plot import draw
from bench.todos_peers.sides import CASES, ROWS

PLOT = ROOT / "docs" / "images" / "todos-growth.svg"
# What chance does to a median on a machine that does other work, too.
TOLERANCE = 1.25


def main() -> None:
    """Measure the sizes that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.todos_growth", description="How times grow.")
    parser.add_argument("--full", action="store_true", help=f"up to {FULL_SIZES[-1] * ROWS:,} to-dos")
    parser.add_argument("--trial", action="store_true", help="see whether it runs, with few; write nothing")
    arguments = parser.parse_args()
    if arguments.trial:
        print(_text(measure(TRIAL_SIZES)))
        return
    growth = measure(FULL_SIZES if arguments.full else SIZES)
    found = ROOT / "build" / "bench" / "todos_growth.json"
    found.parent.mkdir(parents=True, exist_ok=True)
    found.write_text(json.dumps(asdict(growth), indent=2) + "\n")
    PLOT.write_text(draw(growth), encoding="utf-8")
    print(text := _text(growth))
    command = "python -m bench.todos_growth" + (" --full" if arguments.full else "")
    page.write("growth", command, f"{text}\n\n![Growth](images/{PLOT.name})")


def _text(growth: Growth) -> str:
    sizes = [f"{step.accounts * ROWS:,} to-dos" for step in growth.steps]
    last = growth.steps[-1]
    allowed = growth.allowed(last.accounts)
    lines = [
        f"| ms a request (median) | {' | '.join(sizes)} | growth | log n allows |",
        f"|---|{'---:|' * (len(sizes) + 2)}",
    ]
    for case in CASES:
        times = " | ".join(f"{step.milliseconds[case]:g}" for step in growth.steps)
        taken = growth.taken(case, last)
        verdict = "" if taken <= allowed * TOLERANCE else " **more**"
        lines.append(f"| {case} | {times} | {taken:.2f}×{verdict} | {allowed:.2f}× |")
    counts = list(growth.on_one)
    lines += [
        "",
        f"| creates a second, by writers at once | {' | '.join(map(str, counts))} |",
        f"|---|{'---:|' * len(counts)}",
        f"| on many accounts | {' | '.join(f'{rate:g}' for rate in growth.on_many.values())} |",
        f"| on one account | {' | '.join(f'{rate:g}' for rate in growth.on_one.values())} |",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
