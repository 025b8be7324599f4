"""To-dos: ours beside PocketBase, Kinto and a plain Django REST framework, in alternating rounds.

Each peer is met on its own kind of database: PocketBase and the plain version on SQLite, Kinto on
PostgreSQL; on both every commit waits for the disk. Where there are two processors or more, a server
and its database run on one of them, the client on another.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import load
from bench.databases import DurablePostgres
from bench.peers.kinto.server import Kinto
from bench.peers.pocketbase.server import PocketBase
from bench.results import Row, compare
from bench.servers import cpu_seconds, servers_apart, shared_out_cores
from bench.todos_peers.django_sides import Ours, PlainDrf
from bench.todos_peers.sides import CASES, CONNECTIONS, Side
from tests.issuer import Issuer

ROUNDS = 5
SECONDS = 1.5
ON_SQLITE, ON_POSTGRESQL = "Quartet on SQLite", "Quartet on PostgreSQL"
# Peer → which of ours it is compared with.
MATCHES = {"PocketBase": ON_SQLITE, "plain DRF": ON_SQLITE, "Kinto": ON_POSTGRESQL}


@dataclass(frozen=True)
class Figures:
    """Requests a second and CPU milliseconds a request, round by round, by row and side."""

    rates: Mapping[tuple[str, str], list[float]]
    costs: Mapping[tuple[str, str], list[float]]


def measure() -> list[Row]:
    """Requests a second of each row, for every peer that can do it."""
    with running_sides() as (sides, database), servers_apart(_processes_of(sides, database)):
        return _rows(_measured(sides, database))


@contextmanager
def running_sides() -> Iterator[tuple[Sequence[Side], DurablePostgres]]:
    """All servers with their data."""
    cores = shared_out_cores()
    issuer = Issuer()
    with ExitStack() as stack:
        stack.callback(issuer.stop)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        database = DurablePostgres(directory / "postgresql")
        stack.enter_context(database)
        sides: list[Side] = [
            Ours(ON_SQLITE, issuer, directory / "ours"),
            PocketBase(directory / "pocketbase" / "data", processors=len(cores[0]) if cores else None),
            PlainDrf("plain DRF", issuer, directory / "plain"),
            Ours(ON_POSTGRESQL, issuer, directory / "ours-on-postgresql", database.database("ours")),
            Kinto(database.database("kinto")),
        ]
        for side in sides:
            print(f"  {side.name}: starts and is filled …", flush=True)
            stack.enter_context(side)
        yield sides, database


def _processes_of(sides: Sequence[Side], database: DurablePostgres) -> list[psutil.Process]:
    return [*database.processes, *(process for side in sides for process in side.processes)]


def _measured(sides: Sequence[Side], database: DurablePostgres) -> Figures:
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    costs: dict[tuple[str, str], list[float]] = defaultdict(list)
    works = {side.name: side.work() for side in sides}
    for case in CASES:
        able = [(side, works[side.name][case]) for side in sides if case in works[side.name]]
        for number in range(ROUNDS + 1):
            for side, work in able:
                before = cpu_seconds([*side.processes, *database.processes])
                done = load.run(
                    side.port, work.requests, status=work.status, seconds=SECONDS, connections=CONNECTIONS
                )
                spent = cpu_seconds([*side.processes, *database.processes]) - before
                # The first round warms all up.
                if number:
                    rates[case, side.name].append(done.rate)
                    costs[case, side.name].append(spent * 1000 / done.requests)
    return Figures(rates, costs)


def _rows(figures: Figures) -> list[Row]:
    """A row for each peer that can do it, and what the servers' processor did for one request of it."""
    return [
        row
        for case in CASES
        for peer, ours in MATCHES.items()
        if (case, peer) in figures.rates
        for row in _pair(figures, case, ours, peer)
    ]


def _pair(figures: Figures, case: str, ours: str, peer: str) -> tuple[Row, Row]:
    label = f"{peer} ({ours.split()[-1]})"
    rates, costs = figures.rates, figures.costs
    return (
        compare(case, "requests/s", rates[case, ours], label, rates[case, peer], more_is_better=True),
        compare(
            f"{case}, CPU", "ms/request", costs[case, ours], label, costs[case, peer], more_is_better=False
        ),
    )
