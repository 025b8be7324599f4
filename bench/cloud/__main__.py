"""`make bench-cloud`: measure deployed functions under the emulator, and write docs/performance.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench import page
from bench.cloud import MEASURES, QUICK, SIZES, Plan, measure
from bench.results import Row, save


def main() -> None:
    """Measure; with `--quick` at the largest size alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.cloud", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"at {SIZES[-1]} MB alone, in two rounds")
    is_quick = parser.parse_args().quick
    rows = measure(QUICK if is_quick else Plan())
    save("cloud", rows)
    print(text := _text(rows), flush=True)
    page.write("cloud", "python -m bench.cloud" + (" --quick" if is_quick else ""), text)


def _text(rows: Sequence[Row]) -> str:
    """A line a function and size; in each place ours, and how many times the bare Django's that is."""
    lines = [f"| function | {' | '.join(MEASURES)} |", f"|---|{'---:|' * len(MEASURES)}"]
    by_case = {row.case: row for row in rows}
    functions = dict.fromkeys(row.case.partition(": ")[0] for row in rows if row.case.endswith(": init"))
    for function in functions:
        found = [by_case[f"{function}: {measure}"] for measure in MEASURES]
        lines.append(f"| {function} | {' | '.join(map(_place, found))} |")
    others = [row for row in rows if row.case.partition(": ")[0] not in functions]
    lines += ["", "| | ours | peer | |", "|---|---:|---:|---|"]
    lines += [f"| {r.case} | {r.ours:.1f} {r.unit} | {r.theirs:.1f} {r.unit} | {r.peer} |" for r in others]
    return "\n".join(lines)


def _place(row: Row) -> str:
    return f"{row.ours:.0f} {row.unit} ({row.ours / row.theirs:.2f}×)"


if __name__ == "__main__":
    main()
