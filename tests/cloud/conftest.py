"""A package made by Zappa, once for the session."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.__main__ import package
from deploy.archive import digest_of


@dataclass(frozen=True)
class Package:
    """A package, and what is in it."""

    path: Path
    digest: str
    entries: dict[str, zipfile.ZipInfo]


def read_package(path: Path) -> Package:
    """Look into a zip."""
    with zipfile.ZipFile(path) as archive:
        return Package(path, digest_of(path), {entry.filename: entry for entry in archive.infolist()})


@pytest.fixture(scope="session")
def todos_package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of one service."""
    path = tmp_path_factory.mktemp("package") / "staging_todos.zip"
    package("staging_todos", path)
    return read_package(path)
