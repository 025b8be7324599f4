"""`make check`, before a commit, and `make check-all`, which continuous integration runs.

python -m tests.check          # lint, types, contracts, tests on SQLite, browser, tour
python -m tests.check all      # the same, then what takes longer: whole desks and packages, kills and
                               # histories, PostgreSQL, generated clients, a process for each service
python -m tests.check "browser tests"    # one step

Stops at the first step that fails and says which. The time of each step is printed at the end. A few
tests that fail are run again alone, because a machine that does too much at once breaks time limits; one
that passes then is named at the end as unsteady. What is broken fails twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.local.fresh_desk import FreshDesk

CHECKOUT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
TOOLS = Path(PYTHON).parent
# More than these is no accident.
UNSTEADY_MOST = 5

unsteady: list[str] = []


@dataclass(frozen=True)
class Step:
    """A name and what is done; true if it went well."""

    name: str
    run: Callable[[], bool]


def command(*words: str, **environment: str) -> Callable[[], bool]:
    """A step that runs a command, away from any desk that may be running."""
    return lambda: _succeeds(words, {"ENVIRONMENT_FILE": "", **environment})


def tool(name: str, *arguments: str) -> Callable[[], bool]:
    """A step that runs a program of the virtual environment."""
    return command(str(TOOLS / name), *arguments)


def manage(*arguments: str) -> Callable[[], bool]:
    """A step that runs a command of Django."""
    return command(PYTHON, "manage.py", *arguments)


def pytest(*arguments: str, **environment: str) -> Callable[[], bool]:
    """A step that runs tests, and those that failed once more alone when they are few."""

    def test() -> bool:
        # Steps run beside each other, and each has failures of its own.
        with tempfile.TemporaryDirectory(prefix="quartet-check-") as cache:
            words = (PYTHON, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments)
            run = command(*words, **environment)
            run_failed = command(*words, "-n", "0", "--last-failed", **environment)
            return run() or _passes_alone(Path(cache), run_failed)

    return test


def _passes_alone(cache: Path, run_failed: Callable[[], bool]) -> bool:
    """Whether the tests that failed were few, and pass when they are run again."""
    record = cache / "v" / "cache" / "lastfailed"
    failed = sorted(json.loads(record.read_text())) if record.exists() else []
    if not 0 < len(failed) <= UNSTEADY_MOST:
        return False
    print(f"\n--- {len(failed)} failed; once more, alone ---", flush=True)
    if not run_failed():
        return False
    unsteady.extend(failed)
    return True


def beside(first: Step, other: Step) -> Step:
    """Two steps at once, since neither keeps two processors busy; the other's output follows the first's."""

    def run() -> bool:
        words = (PYTHON, "-m", "tests.check", other.name)
        with tempfile.TemporaryFile("w+") as output:
            with subprocess.Popen(
                words, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            ) as process:
                went_well = first.run()
            output.seek(0)
            print(output.read(), flush=True)
        return process.returncode == 0 and went_well

    return Step(f"{first.name}, {other.name}", run)


def tour_on_a_fresh_desk(*, is_split: bool) -> bool:
    """The tour, exactly as README tells it, on a desk that is stopped again."""
    with tempfile.TemporaryDirectory(prefix="quartet-desk-", ignore_cleanup_errors=True) as directory:
        desk = FreshDesk(Path(directory), is_split=is_split)
        try:
            desk.wait_until_ready()
            went_well = _succeeds((PYTHON, "-m", "tests.tour"), desk.environment)
            went_well = desk.stop() == 0 and went_well
        finally:
            desk.program.close()
        if not went_well:
            print(desk.program.output)
        return went_well


# What has a database of its own (the desk), none (the edge, a package), or asks nothing that depends on
# which one it is: once is enough. Of the rest, only tests that use a database are run on a second one.
WITHOUT_THE_DATABASE = ("cloud", "config", "edge", "house_rules", "local", "openapi", "tour")
PARALLEL = ("-n", "2", "--dist", "loadfile")

SQLITE = Step("tests on SQLite", pytest(*PARALLEL, "-m", "not browser and not sdk and not slow"))
BROWSER = Step("browser tests", pytest("-m", "browser"))
POSTGRESQL = Step(
    "tests on PostgreSQL",
    pytest(
        *PARALLEL,
        "-m",
        "database and not browser and not sdk",
        *(f"--ignore=tests/{part}" for part in WITHOUT_THE_DATABASE),
        TEST_DATABASE="postgresql",
    ),
)
CLIENTS = Step("generated clients", pytest("-m", "sdk"))

STEPS = (
    Step("lint", tool("ruff", "check", ".")),
    Step("format", tool("ruff", "format", "--check", ".")),
    Step("types", tool("mypy", ".")),
    Step("import contracts", tool("lint-imports")),
    Step("migrations complete", manage("makemigrations", "--check", "--dry-run")),
    Step("migrations safe while serving", command(PYTHON, "-m", "tests.migrations_check")),
    Step("OpenAPI documents", manage("openapi", "--check")),
    Step("documented configuration", manage("configuration", "--check")),
    beside(SQLITE, BROWSER),
    Step("tour, one process", lambda: tour_on_a_fresh_desk(is_split=False)),
)

LONGER_STEPS = (
    Step("slow tests on SQLite", pytest(*PARALLEL, "-m", "slow and not browser and not sdk")),
    beside(POSTGRESQL, CLIENTS),
    Step("tour, one process a service", lambda: tour_on_a_fresh_desk(is_split=True)),
)


def main(words: Sequence[str]) -> int:
    """Run the steps, with `all` the longer ones too, or the one that is named; 0 if all went well."""
    named = {step.name: step for step in (*STEPS, *LONGER_STEPS, SQLITE, BROWSER, POSTGRESQL, CLIENTS)}
    if not words:
        steps: Sequence[Step] = STEPS
    elif words == ["all"]:
        steps = STEPS + LONGER_STEPS
    elif len(words) == 1 and words[0] in named:
        steps = [named[words[0]]]
    else:
        print(__doc__)
        print(f"Steps: {'; '.join(named)}")
        return 2
    times: list[tuple[str, float]] = []
    failed = ""
    for number, step in enumerate(steps, start=1):
        print(f"\n=== {number}/{len(steps)} {step.name} ===", flush=True)
        began = time.monotonic()
        if not step.run():
            failed = step.name
        times.append((step.name, time.monotonic() - began))
        if failed:
            break
    print("\nSeconds by step:")
    for name, seconds in times:
        print(f"  {seconds:7.1f}  {name}")
    print(f"  {sum(seconds for _, seconds in times):7.1f}  together")
    for test in unsteady:
        print(f"\nUNSTEADY: {test} failed beside other tests and passed alone.")
    print(f"\nThe check failed at: {failed}." if failed else "\nThe check: all steps passed.")
    return 1 if failed else 0


def _succeeds(words: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    # Tests start hundreds of processes. Where Python may not keep what it has compiled, each takes seconds.
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment}
    return (
        subprocess.run(words, cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL, check=False).returncode
        == 0
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
