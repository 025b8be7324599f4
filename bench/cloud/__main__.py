"""`make bench-cloud`: measure deployed functions under the emulator, and write docs/performance.md."""

from __future__ import annotations

import argparse

from bench import page
from bench.cloud import QUICK, SIZES, Plan, measure
from bench.results import save, table


def main() -> None:
    """Measure; with `--quick` at the largest size alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.cloud", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"at {SIZES[-1]} MB alone, in two rounds")
    is_quick = parser.parse_args().quick
    rows = measure(QUICK if is_quick else Plan())
    save("cloud", rows)
    print(table(rows), flush=True)
    page.write("cloud", "python -m bench.cloud" + (" --quick" if is_quick else ""), table(rows))


if __name__ == "__main__":
    main()
