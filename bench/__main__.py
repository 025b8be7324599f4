"""`make bench`: measure, print tables, write them into `docs/performance.md` and `build/bench/*.json`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import (
    api,
    deltas,
    downloads,
    edge,
    offload,
    page,
    plan,
    renditions,
    snapshots,
    startup,
    todos_peers,
)
from bench.results import Row, save, table
from local.edge.nginx import find_nginx

BENCHES: dict[str, Callable[[], list[Row]]] = {
    "startup": startup.measure,
    "api": api.measure,
    "todos": todos_peers.measure,
    "snapshots": snapshots.measure,
    "renditions": renditions.measure,
    "edge": edge.measure,
    "offload": offload.measure,
    "herds": offload.measure_herds,
    "plan": plan.measure,
    "downloads": downloads.measure,
    "deltas": deltas.measure,
}
# Take as long as all others together: only by their names.
BY_NAME = {"offload", "herds", "plan", "downloads", "deltas"}
NEED_NGINX = {"edge", "offload", "herds", "plan"}


def main() -> None:
    """Run the named benches, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Quartet beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"out of {', '.join(BENCHES)}; default: all")
    parser.add_argument(
        "--trial",
        action="store_true",
        help="of todos: see whether it runs, in short rounds, and write nothing",
    )
    arguments = parser.parse_args()
    names = arguments.names or [name for name in BENCHES if name not in BY_NAME]
    if strange := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no bench {', '.join(strange)}; choose out of {', '.join(BENCHES)}")
    if arguments.trial:
        if names != ["todos"]:
            parser.error("only todos has a trial")
        print(table(todos_peers.measure(is_trial=True)))
        return
    for name in names:
        if name in NEED_NGINX and find_nginx() is None:
            print(f"There is no nginx here, so {name} is not measured.")
            continue
        print(f"Measuring {name} …", flush=True)
        rows = BENCHES[name]()
        save(name, rows)
        print(table(rows), flush=True)
        page.write(name, f"python -m bench {name}", table(rows))


if __name__ == "__main__":
    main()
