"""`make package`: the packages of all stages, of one service's, or of the named ones, by Zappa itself.

python -m deploy                # all
python -m deploy todos          # staging_todos and production_todos
python -m deploy staging        # one stage
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

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


def package(stage: str, path: Path) -> None:
    """Have Zappa make the package of one stage; one at a time, since all are made in one directory.

    Raises:
        subprocess.CalledProcessError: it could not; why is on standard error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    zappa = Path(sys.executable).with_name("zappa")
    # setuptools warns that Zappa imports distutils.
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([zappa, "package", stage, "--output", path], cwd=ROOT, env=environment, check=True)


def main(names: list[str]) -> int:
    """Make what is named, or all; 0 if all went well."""
    known = stages()
    wanted = [stage for name in names for stage in known if name == stage or known[stage] == (name,)]
    if names and not wanted:
        services = sorted({services[0] for services in known.values() if len(services) == 1})
        print(f"There is no {' '.join(names)}; stages: {', '.join(known)}; services: {', '.join(services)}.")
        return 2
    for stage in wanted or known:
        try:
            package(stage, BUILD / f"{stage}.zip")
        except subprocess.CalledProcessError as error:
            print(f"The package of {stage} was not made (zappa ended with {error.returncode}).")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
