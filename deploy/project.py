"""The repository's own part of a package: the services, what they share, and the static files' manifest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from deploy.contents import LEFT_AT_HOME
from deploy.kept import hash_of, kept
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


def collect_static_files(services: Collection[str]) -> Path:
    """Collect the static files of these services under hashed names, with their manifest, on this disk.

    Raises:
        PackagingError: Django cannot.
    """
    rooms = (*SHARED, *sorted(services))
    sources = (path for room in rooms for path in sorted((ROOT / room).rglob("static")) if path.is_dir())
    settings = (ROOT / "config" / "settings.py", ROOT / "deploy" / "collecting_settings.py")
    key = hash_of(*rooms, ROOT / "uv.lock", *settings, *sources)
    return kept(BUILD / "static" / key, lambda directory: _collect(directory, services))


def _collect(directory: Path, services: Collection[str]) -> None:
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
