"""`python -m tests.migrations_check`: no migration that the version which still runs could not live with.

`zappa update` switches all at once, but migrations run before or after it, while the other version serves: a
column may come with a default, and go only when nobody reads it any more (docs/operations.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from local.postgres import Postgres

CHECKOUT = Path(__file__).resolve().parents[1]
# From before the first version that can be deployed: no older one serves anywhere.
RELEASED_BEFORE = ("0002_folder_stored_bytes", "0002_sync")


def lint(*ignored: str) -> subprocess.CompletedProcess[str]:
    """django-migration-linter's verdict on the SQL of PostgreSQL, without what is ignored."""
    command = [sys.executable, "manage.py", "lintmigrations", "--settings", "tests.migration_settings"]
    command += ["--no-cache", "--include-apps", "chassis", *settings.KNOWN_SERVICES]
    if ignored:
        command += ["--ignore-name", *ignored]
    with tempfile.TemporaryDirectory() as directory, Postgres(Path(directory)) as postgres:
        environment = {
            **os.environ,
            "ENVIRONMENT_FILE": "",
            "DATABASE_URL": postgres.url,
            "LOG_LEVEL": "WARNING",
        }
        return subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )


def main() -> int:
    """Lint; 0 if all can be applied while the version before serves."""
    done = lint(*RELEASED_BEFORE)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    else:
        print("\n".join(done.stdout.splitlines()[-5:]))
    return done.returncode


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
