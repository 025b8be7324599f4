"""Deployed functions under the emulator of Lambda: starts, first and further requests, memory, packages.

Each of ours is measured beside a bare Django that Zappa packed in the same run, in alternating rounds of
fresh environments; and one conditional GET beside the same under granian.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.cloud import packages
from bench.cloud.functions import HELLO, SUBJECTS, Sample, World
from bench.cloud.granian import nothing_new_under_granian
from bench.results import Row, compare

PEER = "bare Django, Zappa"
SIZES = (512, 1024, 1769)
ROUNDS, WARM_REQUESTS = 3, 40
MEASURES = (
    *("init", "first request", "init and first request", "first of the API"),
    *("warm, p50", "warm, p95", "peak memory"),
)


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    sizes: Sequence[int] = SIZES
    rounds: int = ROUNDS
    warm_requests: int = WARM_REQUESTS


QUICK = Plan(sizes=(1769,), rounds=2, warm_requests=20)


def measure(plan: Plan | None = None) -> list[Row]:
    """Every subject at every size."""
    plan = plan or Plan()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quartet-bench-")))
        directory.chmod(0o755)
        world = stack.enter_context(World(directory))
        files = {name: packages.ours(subject.stage, directory) for name, subject in SUBJECTS.items()}
        files[HELLO] = packages.hello(directory)
        rows = [_weighed(name, files) for name in SUBJECTS]
        for name, path in files.items():
            world.unpack(name, path)
        for megabytes in plan.sizes:
            for name in SUBJECTS:
                rows += _compared(world, name, megabytes, plan)
        rows += nothing_new_under_granian(world, megabytes=1769, rounds=plan.rounds)
    return rows


def _weighed(name: str, files: Mapping[str, Path]) -> Row:
    ours, theirs = ([files[which].stat().st_size / 1024**2] for which in (name, HELLO))
    return compare(f"{name}: package", "MB", ours, PEER, theirs, more_is_better=False)


def _compared(world: World, name: str, megabytes: int, plan: Plan) -> list[Row]:
    sides: tuple[list[Sample], list[Sample]] = ([], [])
    for _ in range(plan.rounds):
        for side, which in zip(sides, (name, HELLO), strict=True):
            side.append(world.sample(which, megabytes, requests=plan.warm_requests))
    ours, theirs = sides
    print(f"  {name} at {megabytes} MB: {ours[-1]}\n    beside {theirs[-1]}", flush=True)

    def row(case: str, unit: str, of: Callable[[Sample], float]) -> Row:
        case = f"{name}, {megabytes} MB: {case}"
        return compare(case, unit, list(map(of, ours)), PEER, list(map(of, theirs)), more_is_better=False)

    found: tuple[Callable[[Sample], float], ...] = (
        *(lambda s: s.init, lambda s: s.first, lambda s: s.cold, lambda s: s.first_of_api),
        *(lambda s: _p(s, 50), lambda s: _p(s, 95), lambda s: s.peak),
    )
    units = ("ms",) * 6 + ("MB",)
    return [row(case, unit, of) for case, unit, of in zip(MEASURES, units, found, strict=True)]


def _p(sample: Sample, percent: int) -> float:
    return statistics.quantiles(sample.warm, n=100, method="inclusive")[percent - 1]
