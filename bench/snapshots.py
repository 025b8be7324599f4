"""The snapshot file of an account with 10 000 to-dos beside what one writes first: CPU and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.databases import DurablePostgres
from bench.results import ROOT, Row, compare

ROUNDS = 5
NAIVE = "values(), json, gzip"

_FILL = """
import django; django.setup()
from django.core.management import call_command; call_command("migrate", verbosity=0)
from chassis.bulk import insert_rows
from django.utils import timezone
from todos.models import Account, Todo
from todos.ranks import rank_of_time
now = timezone.now()
insert_rows([Account(subject="alice", version=10_000, todos_version=10_000)])
insert_rows([
    Todo(subject="alice", version=1 + number, created_at=now, updated_at=now, rank=rank_of_time(now, number),
         title=f"Water the plants on balcony {number}", notes="Not the cactus.", due_on=now.date(),
         next_on=now.date(), priority=1 + number % 4, tags="\\nhome\\nplants\\n",
         clocks={"*": [1 + number, "p"]})
    for number in range(10_000)
])
"""

_MEASURE = """
import sys, json, time, zlib
import django; django.setup()
def memory(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) / 1024
if sys.argv[1] == "ours":
    from todos import queries
    from todos.models import Account
    from todos.snapshots import snapshot_file
    def make(subject):
        return snapshot_file(queries.read_account(subject))
else:
    import gzip
    from django.core.serializers.json import DjangoJSONEncoder
    from todos.models import Todo
    def make(subject):
        rows = list(Todo.objects.filter(subject=subject, deleted_at=None).order_by("id").values())
        return gzip.compress(json.dumps({"todos": rows}, cls=DjangoJSONEncoder).encode())
make("nobody")
before, began = memory("VmRSS"), time.process_time()
file = make("alice")
spent, after = time.process_time() - began, memory("VmHWM")
assert len(json.loads(zlib.decompress(file, 31))["todos"]) == 10_000
print(json.dumps([spent * 1000, max(0.0, after - before)]))
"""


def measure() -> list[Row]:
    """On SQLite and on PostgreSQL, in alternating rounds, each in a process of its own."""
    rows = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        rows += _measured("SQLite", f"sqlite:///{directory}/snapshot.sqlite3")
        postgres = DurablePostgres(Path(directory) / "postgresql")
        with postgres:
            rows += _measured("PostgreSQL", postgres.database("snapshot"))
    return rows


def _measured(database: str, url: str) -> list[Row]:
    _run(url, _FILL)
    found: dict[str, list[list[float]]] = {"ours": [], "naive": []}
    for _ in range(ROUNDS):
        for how, figures in found.items():
            figures.append(json.loads(_run(url, _MEASURE, how).splitlines()[-1]))
    case = f"snapshot of 10 000, {database}"
    spent = {how: [figure[0] for figure in figures] for how, figures in found.items()}
    memory = {how: [figure[1] for figure in figures] for how, figures in found.items()}
    return [
        compare(f"{case}, CPU", "ms", spent["ours"], NAIVE, spent["naive"], more_is_better=False),
        compare(f"{case}, memory", "MB", memory["ours"], NAIVE, memory["naive"], more_is_better=False),
    ]


def _run(url: str, program: str, *arguments: str) -> str:
    environment = {
        **os.environ,
        "ENVIRONMENT_FILE": "",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
    }
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
