"""An interpreter of the Python version that a function runs on, if this machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path


@cache
def find_interpreter(version: str) -> str | None:
    """The path of a `python3.13` that really runs; LAMBDA_PYTHON may name it."""
    for candidate in _candidates(version):
        if _version_of(candidate) == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[str]:
    if named := os.environ.get("LAMBDA_PYTHON"):
        yield named
    yield sys.executable
    if found := shutil.which(f"python{version}"):
        yield found
    homes = [Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"]
    homes.append(Path.home() / ".local" / "share" / "uv" / "python")
    for home in homes:
        yield from (str(path) for path in sorted(home.glob(f"*{version}*/bin/python{version}")))


def _version_of(candidate: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [candidate, "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
