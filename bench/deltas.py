"""Differences between two real versions of a real package, beside bsdiff4, xdelta3 and the whole download."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.environments import programs_of
from bench.results import ROOT, Row

PACKAGE, VERSIONS = "django", ("5.1.11", "5.2.5")
_OURS = """
import sys
from pathlib import Path
from updates import deltas
base, target, out = map(Path, sys.argv[1:])
before, after = base.read_bytes(), target.read_bytes()
made = deltas.make(before, after)
assert deltas.apply(before, made.body, size=len(after)) == after
out.write_bytes(made.body)
"""


@dataclass(frozen=True)
class Side:
    """What one way took."""

    seconds: float
    megabytes: float
    size: int


def measure() -> list[Row]:
    """Rows `delta, size`, `delta, time` and `delta, memory`; ours applies it, too."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        base, target = (_tar_of(directory, version) for version in VERSIONS)
        whole = len(gzip.compress(target.read_bytes()))
        ours = _run([sys.executable, "-c", _OURS], base, target)
        python = str(programs_of("deltas") / "python")
        script = str(ROOT / "bench" / "peers" / "deltas" / "sides.py")
        rows = [_row("delta, size", "MB", ours.size / 1e6, "the whole .tar.gz", whole / 1e6)]
        for kind in ("xdelta3", "bsdiff4"):
            theirs = _run([python, script, kind], base, target)
            rows += [
                _row("delta, size", "MB", ours.size / 1e6, kind, theirs.size / 1e6),
                _row("delta, time", "s", ours.seconds, kind, theirs.seconds),
                _row("delta, memory", "MB", ours.megabytes, kind, theirs.megabytes),
            ]
        return rows


def _tar_of(directory: Path, version: str) -> Path:
    """The package as it is installed, in one archive."""
    place = directory / version
    uv = str(ROOT / ".local" / "uv" / "bin" / "uv")
    wanted = ("--quiet", "pip", "install", "--no-deps", "--target", str(place), f"{PACKAGE}=={version}")
    subprocess.run([uv, *wanted], check=True)
    path = directory / f"{PACKAGE}-{version}.tar"
    with tarfile.open(path, "w") as archive:
        for file in sorted(place.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                info = tarfile.TarInfo(str(file.relative_to(place)))
                info.size = file.stat().st_size
                with file.open("rb") as body:
                    archive.addfile(info, body)
    return path


def _run(command: Sequence[str], base: Path, target: Path) -> Side:
    print(
        f"{PACKAGE} {' to '.join(VERSIONS)}: {command[-1] if len(command[-1]) < 20 else 'ours'} …", flush=True
    )
    out = base.with_name("difference")
    began = time.monotonic()
    process = subprocess.Popen([*command, str(base), str(target), str(out)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[-1][:40]} ended with {process.returncode}")
    side = Side(time.monotonic() - began, usage.ru_maxrss / 1024, out.stat().st_size)
    out.unlink()
    return side


def _row(case: str, unit: str, ours: float, peer: str, theirs: float) -> Row:
    return Row(case, unit, round(ours, 3), peer, round(theirs, 3), round(theirs / ours, 2), 1, "-")
