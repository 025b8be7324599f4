"""`make bench`: measure, print tables, write them into `docs/performance.md` and `build/bench/*.json`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import api, edge, page, renditions, startup, todos_peers
from bench.results import Row, save, table

BENCHES: dict[str, Callable[[], list[Row]]] = {
    "startup": startup.measure,
    "api": api.measure,
    "todos": todos_peers.measure,
    "renditions": renditions.measure,
    "edge": edge.measure,
}


def main() -> None:
    """Run the named benches, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Quartet beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(BENCHES)}; default: all")
    names = parser.parse_args().names or list(BENCHES)
    if strange := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no bench {', '.join(strange)}; choose out of {', '.join(BENCHES)}")
    for name in names:
        print(f"Measuring {name} …", flush=True)
        rows = BENCHES[name]()
        save(name, rows)
        print(table(rows), flush=True)
        page.write(name, f"python -m bench {name}", table(rows))


if __name__ == "__main__":
    main()
