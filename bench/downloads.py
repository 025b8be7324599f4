"""How long a release day of the edge's log takes to become daily rows, which must be the truth.

python -m bench downloads                       # a million lines
OFFLOAD_LINES=60000 python -m bench downloads   # a quick look
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from bench.results import ROOT, Row

LINES = int(os.environ.get("OFFLOAD_LINES", "1000000"))


def measure() -> list[Row]:
    """Rows `statistics`: seconds on SQLite; fails unless every daily row is what was counted apart."""
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ,
            "ENVIRONMENT_FILE": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": f"sqlite:///{name}/bench.sqlite3",
        }
        command = [sys.executable, "-m", "bench.statistics_load", str(LINES), name]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    *told, took = done.stdout.splitlines()
    print("\n".join(told), flush=True)
    allowed = 30 * LINES / 1_000_000
    return [
        Row(
            f"statistics, {LINES} lines{name}", "s", round(seconds, 1), "allowed", allowed,
            round(allowed / seconds, 2), 1, "-",
        )
        for name, seconds in zip(("", ", CPU"), map(float, took.split()), strict=True)
    ]  # fmt: skip
