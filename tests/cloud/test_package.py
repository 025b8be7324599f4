"""A package has what the function needs and nothing else, and equal input makes equal bytes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from deploy.__main__ import package
from deploy.contents import BOTOCORE_DATA, NEEDED_BY, NOT_IN_THE_FUNCTION
from deploy.interpreter import find_interpreter
from deploy.place import ROOT, uv
from deploy.report import too_large
from tests.cloud.conftest import Package, read_package

# One worker makes the packages, one after the other.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("emulator"), pytest.mark.timeout(900)]

NEEDED = (
    "build/static-manifest/staticfiles.json",
    "chassis/templates/chassis/start.html",
    "config/lambda_entry.py",
    "config/settings.py",
    "django/contrib/admin/templates/admin/base.html",
    "todos/api/urls.py",
    "todos/migrations/0001_initial.py",
    "zappa/handler.py",
    "zappa_settings.py",
)
NOT_NEEDED = (
    "PIL",
    "accounts",
    "bench",
    "clients",
    "deploy",
    "docs",
    "local",
    "moto",
    "pip",
    "tests",
    "troposphere",
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_equal_input_makes_equal_bytes(todos_package: Package, tmp_path: Path) -> None:
    package("staging_todos", tmp_path / "again.zip")

    again = read_package(tmp_path / "again.zip")

    assert again.digest == todos_package.digest


def test_what_the_function_needs_is_there(todos_package: Package) -> None:
    assert [name for name in NEEDED if name not in todos_package.entries] == []


def test_no_other_service_no_desk_and_no_tool_is_there(todos_package: Package) -> None:
    top = {PurePosixPath(name).parts[0] for name in todos_package.entries}

    assert sorted(top & set(NOT_NEEDED)) == []
    assert not [name for name in todos_package.entries if "/tests/" in name or "/static/" in name]


def test_the_libraries_are_those_of_the_lock_and_no_other(todos_package: Package) -> None:
    exported = subprocess.run(
        [
            uv(),
            "export",
            "--frozen",
            "--no-dev",
            "--no-emit-project",
            "--no-hashes",
            "--no-annotate",
            "--no-header",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    locked = {line.partition("==")[0] for line in exported.splitlines()}
    there = {
        normal(name.partition("-")[0])
        for name in (PurePosixPath(entry).parts[0] for entry in todos_package.entries)
        if name.endswith(".dist-info")
    }

    assert there == locked - NOT_IN_THE_FUNCTION - set(NEEDED_BY)


def test_botocore_knows_what_is_asked_and_no_more(todos_package: Package) -> None:
    data = {
        PurePosixPath(name).parts[2]
        for name in todos_package.entries
        if name.startswith("botocore/data/") and len(PurePosixPath(name).parts) > 3
    }

    assert data == BOTOCORE_DATA


def test_nothing_in_it_can_be_written(todos_package: Package) -> None:
    modes = {entry.external_attr >> 16 for entry in todos_package.entries.values()}

    assert modes == {0o100444, 0o100555}


@pytest.mark.skipif(find_interpreter("3.13") is None, reason="There is no Python 3.13 to compile with.")
def test_everything_is_compiled_so_that_a_start_does_not_have_to(todos_package: Package) -> None:
    ours = [name for name in todos_package.entries if name.startswith(("config/", "django/core/", "todos/"))]
    sources = [PurePosixPath(name) for name in ours if name.endswith(".py")]

    compiled = [str(path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc") for path in sources]

    assert len(sources) > 100
    assert [name for name in compiled if name not in todos_package.entries] == []


def test_it_is_small_enough(todos_package: Package) -> None:
    assert too_large(todos_package.path) == ""
