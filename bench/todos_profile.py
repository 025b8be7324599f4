"""Where the time of a row of `make bench-todos` goes, by cProfile: what comes with a figure that was missed.

python -m bench.todos_profile "batch of 100"                # on SQLite
python -m bench.todos_profile "batch of 100" --postgresql
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from bench import load
from bench.databases import DurablePostgres
from bench.todos_peers.django_sides import Ours
from bench.todos_peers.sides import CASES, WRITERS
from tests.issuer import Issuer

REQUESTS = 500


class Profiled(Ours):
    """The services under a profiler, which makes them slower by itself."""

    application = "bench.profiled:application"


def main() -> None:
    """Print the profile of one row."""
    parser = argparse.ArgumentParser(prog="python -m bench.todos_profile", description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        issuer = Issuer()
        stack.callback(issuer.stop)
        url = ""
        if arguments.postgresql:
            postgres = DurablePostgres(directory / "postgresql")
            stack.enter_context(postgres)
            url = postgres.database("profile")
        ours = Profiled("Quartet", issuer, directory / "ours", url, accounts=WRITERS.stop)
        stack.enter_context(ours)
        work = ours.work()[arguments.case]
        address = f"http://127.0.0.1:{ours.port}/bench/profile"
        urllib.request.urlopen(f"{address}?clear").close()
        times = load.latencies(ours.port, itertools.islice(work.requests(), REQUESTS), status=work.status)
        print(f"{sum(times) / len(times):.2f} ms a request, the profiler's own part in it.")
        print(urllib.request.urlopen(address).read().decode())


if __name__ == "__main__":
    main()
