"""`make bench`: measure, print a table, write `docs/performance.md` and `build/bench/*.json`."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from datetime import date

from bench import api, startup
from bench.results import ROOT, Row, save, table

BENCHES: dict[str, Callable[[], list[Row]]] = {"startup": startup.measure, "api": api.measure}
EXPLAINED = """
**How it is measured.** Ours and the peer run on the same machine in the same run, in alternating rounds
after a warm-up; a ratio is the median of the ratios round by round, its spread the least and the greatest.
Absolute figures belong to the machine they came from. Both servers are granian with one worker and four
threads, SQLite in WAL mode with the same durability, the same fields, and a bearer token verified with
RS256 on every request. The peer (`bench/peers/plain_drf/`) is a `ModelViewSet` with a prefetch and cursor
pages; its 304 is Django's `ConditionalGetMiddleware`, which makes the whole answer before throwing it away.

**What it means for a user.** A client that asks whether anything is new costs one primary-key read, however
many to-dos there are. A list of a hundred is built from plain rows and written by orjson. Creating does more
than the peer does: it locks and counts the account's version, so that two devices never overwrite each other
unseen, and counts the rate limit in the database; its row says what that costs.
"""


def main() -> None:
    """Run the named benches, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Quartet beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(BENCHES)}; default: all")
    names = parser.parse_args().names or list(BENCHES)
    if strange := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no bench {', '.join(strange)}; choose out of {', '.join(BENCHES)}")
    rows: list[Row] = []
    for name in names:
        print(f"Measuring {name} …", flush=True)
        found = BENCHES[name]()
        save(name, found)
        print(table(found), flush=True)
        rows += found
    if set(names) == set(BENCHES):
        _write_page(rows)


def _write_page(rows: list[Row]) -> None:
    versions = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    page = (
        f"# Performance\n\nPrinted by `make bench` on {date.today().isoformat()} ({versions}).\n\n"
        f"{table(rows)}\n{EXPLAINED}"
    )
    path = ROOT / "docs" / "performance.md"
    path.write_text(page)
    print(f"Wrote {path.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
