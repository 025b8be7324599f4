"""A service in this process whose files are at an edge: an object store, nginx, an empty database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.edge.server import Edge
from local.object_store import PUBLIC_BUCKET, ObjectStore


@contextmanager
def publishing(service: str, directory: Path) -> Iterator[Edge]:
    """Django is set up for this service alone, its tables and buckets are there; once a process."""
    with (
        ObjectStore(directory / "store") as store,
        Edge(directory / "edge", store_url=store.endpoint_url, bucket=PUBLIC_BUCKET) as edge,
    ):
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
                "SERVICES": service,
                "UPDATES_KEYS_DIR": str(directory / "keys"),
                "UPDATES_KEYS_PASSPHRASE": "bench",
            }
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("buckets", verbosity=0)
        yield edge
