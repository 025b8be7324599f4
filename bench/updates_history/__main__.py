"""`make bench-updates`: measure, print tables, write them into `docs/performance.md`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import page
from bench.published import publishing

HISTORIES = (10, 100, 1_000, 10_000)
QUICK = (10, 1_100)


def main() -> None:
    """Everything in a directory of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench.updates_history", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short histories; writes nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with publishing("updates", directory) as edge:
            # Models are there once Django is set up.
            from bench.updates_history import history

            text = history.measure(directory, edge, QUICK if arguments.quick else HISTORIES)
    print(text)
    if not arguments.quick:
        page.write("updates", "make bench-updates", text)


if __name__ == "__main__":
    main()
