"""A pytest plug-in that sets the environment before Django's settings are read.

`TEST_DATABASE=postgresql` runs the suite on a real PostgreSQL server, started here and stopped at
the end; the default is a SQLite file. No file of a running desk is read.
"""

from __future__ import annotations

import functools
import os
import shutil
import ssl
import tempfile
from pathlib import Path

import pytest

_is_worker = "PYTEST_XDIST_WORKER" in os.environ
_scratch: Path | None = None
_postgres = None


def _prepare() -> None:
    global _scratch, _postgres
    _scratch = Path(tempfile.mkdtemp(prefix="quartet-tests-"))
    os.environ["ENVIRONMENT_FILE"] = str(_scratch / "none")
    os.environ["TEST_SCRATCH"] = str(_scratch)
    os.environ["UPDATES_KEYS_DIR"] = str(_scratch / "keys")
    os.environ["UPDATES_KEYS_PASSPHRASE"] = "a passphrase of the tests"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    if os.environ.get("TEST_DATABASE", "sqlite") == "postgresql":
        from local.postgres import Postgres

        _postgres = Postgres(_scratch / "postgres")
        _postgres.start()
        os.environ["DATABASE_URL"] = _postgres.url
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{_scratch / 'quartet.sqlite3'}"


if not _is_worker:
    _prepare()

# Tests speak to loopback, without TLS; yet each new client of httpx reads the authorities of the whole
# world (40 ms of processor), thousands of times in a run. Read once, they are as good.
ssl.create_default_context = functools.cache(  # type: ignore[assignment]  # the same calls
    ssl.create_default_context
)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what `_prepare` started."""
    if _postgres is not None:
        _postgres.stop()
    if _scratch is not None:
        shutil.rmtree(_scratch, ignore_errors=True)
