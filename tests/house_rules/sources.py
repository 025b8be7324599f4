"""The repository's own files, as the house rules read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
# What is made by tools, or by others.
_SKIPPED = {".git", ".venv", ".local", "build", "dist", "node_modules", "__pycache__", "migrations", "peers"}
_SKIPPED_BEGINNINGS = (".mypy", ".pytest", ".ruff", ".import", ".hypothesis", ".schemathesis")


@cache
def files(suffix: str) -> tuple[Path, ...]:
    """Every file of the repository with this suffix, without migrations and what tools made."""
    return tuple(path for path in _all_files() if path.name.endswith(suffix))


@cache
def _all_files() -> tuple[Path, ...]:
    """What git keeps; in a copy without git, everything that is there."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        paths = [ROOT / path for path in listed.split("\0") if path]
    except (OSError, subprocess.CalledProcessError):
        paths = list(_walk(ROOT))
    return tuple(sorted(path for path in paths if path.is_file() and not _is_skipped(path)))


def _is_skipped(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part in _SKIPPED or part.startswith(_SKIPPED_BEGINNINGS) for part in parts)


def _walk(directory: Path) -> Iterator[Path]:
    for path in directory.iterdir():
        if path.is_dir() and not _is_skipped(path):
            yield from _walk(path)
        elif path.is_file():
            yield path


def python_files() -> tuple[Path, ...]:
    """Every Python file but migrations."""
    return files(".py")


def service_files() -> list[Path]:
    """Every Python file of the services that this process may run."""
    return [path for path in python_files() if name(path).split("/")[0] in settings.KNOWN_SERVICES]


def name(path: Path) -> str:
    """The path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


@cache
def syntax_tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))
