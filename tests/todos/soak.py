"""`make soak`: many random histories of sync on each database, chunk by chunk; goes on where it was stopped.

Each chunk has a seed of its own and counts when it has passed. What has passed is kept in `build/soak`.
The first chunk that fails ends the soak with its output and the command that repeats it, and is the first
of the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "build" / "soak"
DATABASES = ("sqlite", "postgresql")
HISTORIES = 10_000
# Half of them with somebody who forgets tombstones.
CHUNK = 500
MACHINES = 2


@dataclass
class Chunk:
    """So many histories on a database, all of which follow from the seed."""

    database: str
    seed: int
    histories: int

    @property
    def words(self) -> list[str]:
        """What runs it."""
        file = "tests/todos/test_sync_histories.py"
        return [
            *(sys.executable, "-m", "pytest", file, "-q", "-x"),
            f"--hypothesis-seed={self.seed}",
        ]

    @property
    def variables(self) -> dict[str, str]:
        """What the tests read from the environment."""
        each = max(1, self.histories // MACHINES)
        return {"ENVIRONMENT_FILE": "", "TEST_DATABASE": self.database, "HISTORIES": str(each)}

    @property
    def command(self) -> str:
        """How to run it by hand."""
        variables = [f"{name}={value}" for name, value in self.variables.items()]
        return " ".join([*variables, "python", *map(shlex.quote, self.words[1:])])

    @property
    def log(self) -> Path:
        """Where its output is while it runs, and stays when it fails."""
        return PLACE / f"{self.database}-{self.seed}.log"

    def run(self) -> int:
        """Whether it passed: the exit code. Ends with this process when that is told to end."""
        with self.log.open("w") as output:
            program = subprocess.Popen(
                self.words,
                cwd=ROOT,
                env={**os.environ, **self.variables},
                stdout=output,
                stderr=output,
                # Told to end by this process alone, and once: told twice, it leaves its database running.
                start_new_session=True,
            )
            try:
                return program.wait()
            finally:
                program.terminate()
                program.wait()


@dataclass
class Soak:
    """What has passed: seeds by database, from a first one that was drawn by chance."""

    first_seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6) * 1000)
    passed: dict[str, list[list[int]]] = field(default_factory=lambda: {name: [] for name in DATABASES})

    @classmethod
    def found(cls) -> Soak:
        """What earlier runs have left, or a new one."""
        if not _state().exists():
            return cls()
        return cls(**json.loads(_state().read_text()))

    def keep(self) -> None:
        """For the next run. A run that is killed here leaves the state before or after."""
        unfinished = _state().with_suffix(".new")
        unfinished.write_text(json.dumps({"first_seed": self.first_seed, "passed": self.passed}) + "\n")
        unfinished.replace(_state())

    def done(self, database: str) -> int:
        """How many histories have passed."""
        return sum(histories for _, histories in self.passed[database])

    def chunks(self, total: int, size: int) -> Iterator[Chunk]:
        """What is missing, one database after the other."""
        while waiting := [name for name in DATABASES if self.done(name) < total]:
            for name in waiting:
                seed = self.first_seed + len(self.passed[name])
                yield Chunk(name, seed, min(size, total - self.done(name)))

    def count(self, chunk: Chunk) -> None:
        """This one has passed."""
        self.passed[chunk.database].append([chunk.seed, chunk.histories])
        self.keep()


def run(total: int, size: int) -> int:
    """Go on until so many have passed on each database; 1 at the first that fails."""
    PLACE.mkdir(parents=True, exist_ok=True)
    soak = Soak.found()
    soak.keep()
    for chunk in soak.chunks(total, size):
        began = time.monotonic()
        if code := chunk.run():
            print(chunk.log.read_text())
            print(
                f"{chunk.database}, seed {chunk.seed}: FAILED ({code}). The output is in {_shown(chunk.log)}."
            )
            print(f"Again: {chunk.command}", flush=True)
            return 1
        chunk.log.unlink()
        soak.count(chunk)
        done = soak.done(chunk.database)
        seconds = time.monotonic() - began
        print(
            f"{chunk.database}: {done:,} of {total:,} histories passed (seed {chunk.seed}, {seconds:.0f} s)",
            flush=True,
        )
    print(f"{total:,} histories passed on each of {' and '.join(DATABASES)}. `--anew` begins with others.")
    return 0


def main() -> int:
    """Read the arguments; `HISTORIES` in the environment is for `make`."""
    parser = argparse.ArgumentParser(prog="python -m tests.todos.soak", description=__doc__)
    wanted = int(os.environ.pop("HISTORIES", HISTORIES))
    parser.add_argument("--histories", type=int, default=wanted, help="on each database")
    parser.add_argument("--chunk", type=int, default=CHUNK, help="histories between two lines")
    parser.add_argument("--anew", action="store_true", help="forget what has passed")
    arguments = parser.parse_args()
    if arguments.anew:
        _state().unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return run(arguments.histories, arguments.chunk)
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.")
        return 130


def _state() -> Path:
    return PLACE / "passed.json"


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
