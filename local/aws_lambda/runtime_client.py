"""AWS's runtime interface client (awslambdaric) for an interpreter, of the version that uv.lock names."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.place import BUILD, ROOT, Target, uv


def runtime_client(python: str) -> Path:
    """Its directory, installed at the first time.

    Raises:
        subprocess.CalledProcessError: uv cannot.
    """
    requirements = _uv("export", "--frozen", "--only-group", "rehearsal", "--no-emit-project", "--no-header")
    target = Target(python, "x86_64" if _is_x86() else "arm64")
    key = hashlib.sha256(requirements.encode()).hexdigest()[:12]
    made = BUILD / "runtime" / f"{target.name}-{key}"
    if not made.is_dir():
        unfinished = made.with_name(f"{made.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        listed = unfinished / "requirements.txt"
        listed.write_text(requirements)
        _uv(
            *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *("--python", sys.executable, "--python-version", python, "--python-platform", target.platform),
            *("--target", str(unfinished), "--requirements", str(listed)),
        )
        unfinished.rename(made)
    return made


def _is_x86() -> bool:
    import platform

    return platform.machine() in ("x86_64", "AMD64")


def _uv(*arguments: str) -> str:
    done = subprocess.run([uv(), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout
