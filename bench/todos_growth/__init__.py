"""To-dos on PostgreSQL with more and more accounts: what one request takes, and how many writers fit in.

An index is a tree, so what one account asks may take as much longer as the logarithm of all rows has
grown, and no more. Each size is filled by COPY on top of the one before.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import load
from bench.databases import DurablePostgres
from bench.todos_peers.django_sides import Ours
from bench.todos_peers.sides import CASES, ROWS, taking_turns
from bench.unfinished import Unfinished
from tests.issuer import Issuer

SIZES = (100, 1_000, 10_000)
TRIAL_SIZES = (50, 150)
FULL_SIZES = (1_000, 10_000, 100_000)
# Accounts out of the whole that are asked, each once before it counts, so that its pages are at hand.
SAMPLE = 100
REQUESTS = {"batch of 100": 40}
WRITERS = (1, 2, 4, 8)
SECONDS = 2.0
WRITERS_PART = "writers"


@dataclass(frozen=True)
class Step:
    """The milliseconds of each operation (median of many) with so many accounts."""

    accounts: int
    milliseconds: dict[str, float]


@dataclass(frozen=True)
class Growth:
    """All that was measured. Writers → creates a second, on one account and on many."""

    steps: Sequence[Step]
    on_one: dict[int, float]
    on_many: dict[int, float]

    def allowed(self, accounts: int) -> float:
        """How many times longer than at the smallest size log n allows."""
        return math.log(accounts * ROWS) / math.log(self.steps[0].accounts * ROWS)

    def taken(self, case: str, step: Step) -> float:
        """How many times longer than at the smallest size it took."""
        return step.milliseconds[case] / self.steps[0].milliseconds[case]


def measure(sizes: Sequence[int]) -> Growth:
    """Fill and measure, size by size. What was measured before an interruption is not measured again."""
    unfinished = Unfinished(f"growth-{sizes[-1]}")
    parts = unfinished.parts
    if WRITERS_PART not in parts:
        with _running() as ours:
            there = 1
            for accounts in sizes:
                _fill(ours, there, accounts)
                there = accounts
                if str(accounts) not in parts:
                    unfinished.keep(str(accounts), _milliseconds(ours, accounts))
                print(f"  {parts[str(accounts)]}", flush=True)
            print("  writers at once …", flush=True)
            on_one = [_creates(ours, [0], count) for count in WRITERS]
            on_many = [_creates(ours, range(1, 1 + 4 * count), count) for count in WRITERS]
            unfinished.keep(WRITERS_PART, [on_one, on_many])
    on_one, on_many = parts[WRITERS_PART]
    steps = [Step(accounts, parts[str(accounts)]) for accounts in sizes]
    growth = Growth(steps, dict(zip(WRITERS, on_one, strict=True)), dict(zip(WRITERS, on_many, strict=True)))
    unfinished.finish()
    return growth


def _fill(ours: Ours, there: int, accounts: int) -> None:
    began = time.monotonic()
    print(f"  {accounts:,} accounts are made …", end="", flush=True)
    ours.copy(there, accounts - 1)
    print(f" {time.monotonic() - began:.0f} s", flush=True)


@contextmanager
def _running() -> Iterator[Ours]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        issuer = Issuer()
        stack.callback(issuer.stop)
        postgres = DurablePostgres(directory / "postgresql")
        stack.enter_context(postgres)
        url = postgres.database("growth")
        ours = Ours("Quartet", issuer, directory / "ours", url, accounts=1, threads=max(WRITERS))
        stack.enter_context(ours)
        yield ours


def _milliseconds(ours: Ours, accounts: int) -> dict[str, float]:
    """Out of the accounts by chance, but by the same chance each time."""
    sample = random.Random(accounts).sample(range(1, accounts), min(SAMPLE, accounts - 1))
    numbers = itertools.count(accounts * 1_000)
    make: dict[str, tuple[int, Callable[[int], bytes]]] = {
        "nothing new": (304, ours.unchanged),
        "list of 100": (200, ours.list),
        "delta of 10": (200, ours.delta),
        "batch of 100": (200, lambda account: ours.batch(account, next(numbers))),
        "create": (201, ours.create),
    }
    found = {}
    for case in CASES:
        status, request = make[case]
        requests = [request(account) for account in sample[: REQUESTS.get(case, SAMPLE)]]
        again = [] if case == "batch of 100" else requests
        times = load.latencies(ours.port, [*requests, *again], status=status)
        found[case] = round(statistics.median(times[len(requests) :] or times[5:]), 2)
    return found


def _creates(ours: Ours, accounts: Sequence[int], writers: int) -> float:
    requests = taking_turns([ours.create(account) for account in accounts])
    load.run(ours.port, requests, status=201, seconds=SECONDS / 4, connections=writers)
    done = load.run(ours.port, requests, status=201, seconds=SECONDS, connections=writers)
    return round(done.rate, 1)
