"""The repository's own part of a package: the services, what they share, and the static files' manifest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from deploy.contents import LEFT_AT_HOME
from deploy.libraries import PackagingError, compile_files
from deploy.place import BUILD, ROOT, SHARED

MANIFEST = Path("build", "static-manifest", "staticfiles.json")
_HARMLESS = {
    "ENVIRONMENT_FILE": "",
    "DEPLOYMENT": "local",
    "DATABASE_URL": "sqlite:///none",
    "PARAMETERS": "",
}


def copy_project(directory: Path, *, services: Collection[str], interpreter: str | None) -> None:
    """Fill an empty directory with what the function has of this repository.

    Raises:
        PackagingError: there is no such service.
    """
    for room in (*SHARED, *services):
        if not (ROOT / room / "__init__.py").is_file():
            raise PackagingError(f"SERVICES names {room}; there is no such service.")
        shutil.copytree(ROOT / room, directory / room, ignore=shutil.ignore_patterns(*LEFT_AT_HOME))
    collected = collect_static_files(services)
    (directory / MANIFEST).parent.mkdir(parents=True)
    shutil.copyfile(collected / "staticfiles.json", directory / MANIFEST)
    if interpreter:
        compile_files(directory, interpreter)


def static_directory(services: Collection[str]) -> Path:
    """Where the collected static files of these services are kept until they are uploaded."""
    return BUILD / "static" / "-".join(sorted(services))


def collect_static_files(services: Collection[str]) -> Path:
    """Collect the static files of these services under hashed names, with their manifest, on this disk.

    Raises:
        PackagingError: Django cannot.
    """
    directory = static_directory(services)
    shutil.rmtree(directory, ignore_errors=True)
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")},
        **_HARMLESS,
        "SERVICES": ",".join(services),
        "DJANGO_SETTINGS_MODULE": "deploy.collecting_settings",
        "COLLECTED_STATIC_DIR": str(directory),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PackagingError(f"The static files cannot be collected:\n{done.stderr.strip()}")
    return directory
