"""`make package`: the packages of all stages, of one service's, or of the named ones, by Zappa itself.

python -m deploy                # all
python -m deploy todos          # staging_todos and production_todos
python -m deploy staging        # one stage
python -m deploy --twice        # and again from nothing, elsewhere: every byte must be the same
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.archive import digest_of
from deploy.place import BUILD, ROOT

_SETTINGS = ROOT / "zappa_settings.json"


def stages() -> dict[str, tuple[str, ...]]:
    """The stages of `zappa_settings.json`, each with its services."""
    settings = json.loads(_SETTINGS.read_text(encoding="utf-8"))
    return {
        name: tuple(stage["aws_environment_variables"]["SERVICES"].split(","))
        for name, stage in settings.items()
        if "aws_environment_variables" in stage
    }


def package(stage: str, path: Path, *, build: Path = BUILD) -> str:
    """Have Zappa make the package of one stage; its SHA-256. One at a time, since all share a directory.

    Raises:
        subprocess.CalledProcessError: it could not; why is on standard error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    zappa = Path(sys.executable).with_name("zappa")
    # setuptools warns that Zappa imports distutils.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "LAMBDA_BUILD_DIR": str(build)}
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([zappa, "package", stage, "--output", path], cwd=ROOT, env=environment, check=True)
    return digest_of(path)


def main(arguments: Sequence[str]) -> int:
    """Make what is named, or all; 0 if all went well."""
    known = stages()
    names = [name for name in arguments if name != "--twice"]
    wanted = [stage for name in names for stage in known if name == stage or known[stage] == (name,)]
    if names and not wanted:
        services = sorted({services[0] for services in known.values() if len(services) == 1})
        print(f"There is no {' '.join(names)}; stages: {', '.join(known)}; services: {', '.join(services)}.")
        return 2
    first = _packages(wanted or list(known), BUILD, BUILD)
    if first is None:
        return 1
    return _again(first) if "--twice" in arguments else 0


def _packages(wanted: Sequence[str], directory: Path, build: Path) -> dict[str, str] | None:
    """Stages with the digests of their packages; None when one was not made."""
    digests = {}
    for stage in wanted:
        began = time.monotonic()
        try:
            digests[stage] = package(stage, directory / f"{stage}.zip", build=build)
        except subprocess.CalledProcessError as error:
            print(f"The package of {stage} was not made (zappa ended with {error.returncode}).")
            return None
        print(f"{stage}: {time.monotonic() - began:.1f} s", flush=True)
    return digests


def _again(first: Mapping[str, str]) -> int:
    """Make them anew, with nothing that was kept, in another directory."""
    with tempfile.TemporaryDirectory(prefix="quartet-packages-") as name:
        second = _packages(list(first), Path(name, "packages"), Path(name, "build"))
    if second is None:
        return 1
    different = [stage for stage, digest in first.items() if second[stage] != digest]
    if different:
        print(f"The same input made other packages: {', '.join(different)}.")
        return 1
    print(f"{len(first)} packages were made twice, and have the same bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
