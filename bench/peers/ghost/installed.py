"""Ghost in `build/peers/ghost/`, as its own installer does it: its archive, packages by the lock in there.

`package.json` beside this names the version and what its archive must be; npm's lock beside it has pnpm and
Node.js, each as that Ghost asks for. Ghost's driver of SQLite is compiled here: with Node.js from 24.19 on
it ends the process, so this one is 22.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tarfile
from pathlib import Path

from bench.peers.environments import PEERS
from bench.peers.node import NODE_GYP, npm, packages_of, run
from bench.results import ROOT

_HOME = ROOT / "build" / "peers" / "ghost"
GHOST = _HOME / "package"


def node_of_ghost() -> Path:
    """The Node.js that runs it; installs both, once.

    Raises:
        RuntimeError: `package.json` has no Node.js for a machine like this one.
    """
    packages = packages_of("ghost")
    node = next(packages.glob("node-*/bin/node"), None)
    if node is None:
        raise RuntimeError("bench/peers/ghost/package.json has no Node.js for this kind of machine.")
    wanted = (PEERS / "ghost" / "package.json").read_bytes()
    installed = _HOME / "installed.json"
    if not installed.is_file() or installed.read_bytes() != wanted:
        shutil.rmtree(_HOME, ignore_errors=True)
        _HOME.mkdir(parents=True)
        _unpack(**json.loads(wanted)["config"])
        pnpm = packages / "pnpm" / "bin" / "pnpm.mjs"
        options = ("--frozen-lockfile", "--prod", "--ignore-scripts")
        run(node, GHOST, pnpm, "install", *options, "--store-dir", _HOME / "store")
        _compile(node)
        installed.write_bytes(wanted)
    return node


def _unpack(ghost: str, integrity: str) -> None:
    """The archive of this version.

    Raises:
        RuntimeError: it is not the one that was pinned.
    """
    npm(_HOME, "pack", f"ghost@{ghost}")
    archive = _HOME / f"ghost-{ghost}.tgz"
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{found}" != integrity:
        raise RuntimeError(f"{archive.name} is not the archive that package.json names.")
    with tarfile.open(archive) as files:
        files.extractall(_HOME, filter="data")
    archive.unlink()


def _compile(node: Path) -> None:
    """The driver of SQLite, against this Node.js' own headers."""
    print("Compiling Ghost's driver of SQLite, which takes some minutes …", flush=True)
    driver = GHOST / "node_modules" / "better-sqlite3"
    run(node, driver, NODE_GYP, "rebuild", "--release", f"--nodedir={node.parents[1]}")
