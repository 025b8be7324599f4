"""To-dos: ours beside PocketBase, Kinto and a plain Django REST framework, in alternating rounds.

Each peer is met on its own kind of database: PocketBase and the plain version on SQLite, Kinto on
PostgreSQL; on both every commit waits for the disk. Where there are two processors or more, a server
and its database run on one of them, the client on another.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from bench import load
from bench.databases import DurablePostgres
from bench.peers.kinto.server import Kinto
from bench.peers.pocketbase.server import PocketBase
from bench.results import Row, compare
from bench.servers import cpu_seconds, servers_apart, shared_out_cores
from bench.todos_peers.django_sides import Ours, PlainDrf
from bench.todos_peers.sides import CASES, CONNECTIONS, Side, Work
from bench.unfinished import Unfinished
from tests.issuer import Issuer

ROUNDS = 5
SECONDS = 1.5
# Whether it runs at all, on a machine that does other work.
TRIAL_ROUNDS, TRIAL_SECONDS = 1, 0.3
ON_SQLITE, ON_POSTGRESQL = "Quartet on SQLite", "Quartet on PostgreSQL"
# Peer → which of ours it is compared with.
MATCHES = {"PocketBase": ON_SQLITE, "plain DRF": ON_SQLITE, "Kinto": ON_POSTGRESQL}


@dataclass
class Figures:
    """Of one row, by side, round by round: requests a second, and CPU milliseconds a request."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        return ", ".join(f"{name} {statistics.median(rates):.0f}/s" for name, rates in self.rates.items())


def measure(*, is_trial: bool = False) -> list[Row]:
    """Requests a second of each row, for every peer that can do it. Goes on where it was interrupted."""
    unfinished = Unfinished("todos")
    if is_trial:
        unfinished.parts.clear()
    missing = [case for case in CASES if case not in unfinished.parts]
    if missing:
        with running_sides() as (sides, database), servers_apart(_processes_of(sides, database)):
            works = [(side, side.work()) for side in sides]
            for case in missing:
                able = [(side, work[case]) for side, work in works if case in work]
                figures = _measured(able, database, is_trial=is_trial)
                print(f"  {case}: {figures}", flush=True)
                if is_trial:
                    unfinished.parts[case] = asdict(figures)
                else:
                    unfinished.keep(case, asdict(figures))
    rows = _rows({case: Figures(**unfinished.parts[case]) for case in CASES})
    if not is_trial:
        unfinished.finish()
    return rows


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


def _measured(able: Sequence[tuple[Side, Work]], database: DurablePostgres, *, is_trial: bool) -> Figures:
    figures = Figures()
    rounds, seconds = (TRIAL_ROUNDS, TRIAL_SECONDS) if is_trial else (ROUNDS, SECONDS)
    for number in range(rounds + 1):
        for side, work in able:
            before = cpu_seconds([*side.processes, *database.processes])
            done = load.run(
                side.port, work.requests, status=work.status, seconds=seconds, connections=CONNECTIONS
            )
            spent = cpu_seconds([*side.processes, *database.processes]) - before
            # The first round warms all up.
            if number:
                figures.rates.setdefault(side.name, []).append(done.rate)
                figures.costs.setdefault(side.name, []).append(spent * 1000 / done.requests)
    return figures


def _rows(figures: Mapping[str, Figures]) -> list[Row]:
    """A row for each peer that can do it, and what the servers' processor did for one request of it."""
    return [
        row
        for case, found in figures.items()
        for peer, ours in MATCHES.items()
        if peer in found.rates
        for row in _pair(found, case, ours, peer)
    ]


def _pair(figures: Figures, case: str, ours: str, peer: str) -> tuple[Row, Row]:
    label = f"{peer} ({ours.split()[-1]})"
    rates, costs = figures.rates, figures.costs
    return (
        compare(case, "requests/s", rates[ours], label, rates[peer], more_is_better=True),
        compare(f"{case}, CPU", "ms/request", costs[ours], label, costs[peer], more_is_better=False),
    )
