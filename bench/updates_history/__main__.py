"""`make bench-updates`: measure, print tables, write them into `docs/performance.md`."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bench import page
from local.edge.server import Edge
from local.object_store import PUBLIC_BUCKET, ObjectStore

HISTORIES = (10, 100, 1_000, 10_000)
QUICK = (10, 1_100)


def main() -> None:
    """Everything in a directory of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench.updates_history", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short histories; writes nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            ObjectStore(directory / "store") as store,
            Edge(directory / "edge", store_url=store.endpoint_url, bucket=PUBLIC_BUCKET) as edge,
        ):
            text = _measure(directory, store, edge, QUICK if arguments.quick else HISTORIES)
    print(text)
    if not arguments.quick:
        page.write("updates", "make bench-updates", text)


def _measure(directory: Path, store: ObjectStore, edge: Edge, histories: tuple[int, ...]) -> str:
    os.environ.update(
        {
            **store.environment(),
            **edge.environment(),
            "CLOUDFRONT_ACCESS_KEY_ID": "bench",
            "CLOUDFRONT_SECRET_ACCESS_KEY": "bench",
            "DATABASE_URL": f"sqlite:///{directory / 'bench.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENVIRONMENT_FILE": str(directory / "none"),
            "LOG_LEVEL": "ERROR",
            "SERVICES": "updates",
            "UPDATES_KEYS_DIR": str(directory / "keys"),
            "UPDATES_KEYS_PASSPHRASE": "bench",
        }
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("buckets", verbosity=0)
    from bench.updates_history import history

    return history.measure(directory, edge, histories)


if __name__ == "__main__":
    main()
