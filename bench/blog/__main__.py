"""`make bench-blog`: measure, print tables, write them into `docs/performance.md`."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from bench import page
from bench.results import Row, save, table
from local.edge.server import Edge
from local.object_store import PUBLIC_BUCKET, ObjectStore

SIZES = (10, 100, 1_000, 10_000)
QUICK = (10, 100)


def main() -> None:
    """Everything in a directory of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench.blog", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small blogs, short rounds; writes nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with (
            ObjectStore(directory / "store") as store,
            Edge(directory / "edge", store_url=store.endpoint_url, bucket=PUBLIC_BUCKET) as edge,
        ):
            _set_up(directory, store, edge)
            _measure(directory, edge, is_quick=arguments.quick)


def _set_up(directory: Path, store: ObjectStore, edge: Edge) -> None:
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
            "SERVICES": "blog",
        }
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("buckets", verbosity=0)


def _measure(directory: Path, edge: Edge, *, is_quick: bool) -> None:
    from bench.blog import publishing, reading, rebuilding

    published = publishing.measure(QUICK if is_quick else SIZES)
    print(published)
    rows = reading.measure(directory, edge, is_quick=is_quick)
    _keep(rows, published, is_quick=is_quick)
    rows += rebuilding.measure(directory, posts=100 if is_quick else 1_000)
    _keep(rows, published, is_quick=is_quick)


def _keep(rows: list[Row], published: str, *, is_quick: bool) -> None:
    """What is known so far: a rebuild takes as long as all else."""
    text = f"{table(rows)}\n\n{published}"
    print(text)
    if not is_quick:
        save("blog", rows)
        page.write("blog", "make bench-blog", text)


if __name__ == "__main__":
    main()
