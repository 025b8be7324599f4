"""The packages that are measured: ours as they are deployed, and a bare Django's, made by Zappa as well."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

from bench.results import ROOT
from deploy.__main__ import package as make_package
from deploy.archive import make_reproducible
from deploy.interpreter import find_interpreter
from deploy.libraries import compile_files, prepare_libraries
from deploy.place import Target

HELLO = ROOT / "bench" / "peers" / "hello_function"
# As in `zappa_settings.json`, or, where this machine has no such Python, the one that runs this.
PYTHON = "3.13" if find_interpreter("3.13") else f"{sys.version_info[0]}.{sys.version_info[1]}"


def ours(stage: str, directory: Path) -> Path:
    """The package of a stage, made by Zappa."""
    os.environ["LAMBDA_RUNTIME"] = f"python{PYTHON}"
    path = directory / f"{stage}.zip"
    make_package(stage, path)
    return path


def hello(directory: Path) -> Path:
    """The package of a bare Django: Zappa's, with the same care for what a start costs as ours.

    Zappa alone would pack libraries without compiled files, and every start would compile them.
    """
    interpreter = find_interpreter(PYTHON)
    libraries = prepare_libraries(
        Target(PYTHON, "x86_64"), services=(), interpreter=interpreter, only=_closure("django", "zappa")
    )
    environment = directory / "empty-environment"
    (environment / "lib" / f"python3.{sys.version_info[1]}" / "site-packages").mkdir(parents=True)
    project = directory / "hello"
    shutil.copytree(HELLO, project)
    if interpreter:
        compile_files(project, interpreter)
    variables = {"HELLO_ENVIRONMENT": str(environment), "HELLO_RUNTIME": f"python{PYTHON}"}
    path = directory / "hello.zip"
    subprocess.run(
        [Path(sys.executable).with_name("zappa"), "package", "hello", "--output", path],
        cwd=project,
        env={**os.environ, **variables, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    make_reproducible(path, libraries)
    return path


def _closure(*names: str) -> frozenset[str]:
    """Distributions with all that they require, by the names of uv.lock."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        try:
            required = requires(name) or []
        except PackageNotFoundError:
            continue
        wanted = [Requirement(line) for line in required]
        waiting += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return frozenset(found)
