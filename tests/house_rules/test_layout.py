"""Every service has the same rooms, and nothing has a name that says nothing."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest
from django.conf import settings

from tests.house_rules.sources import ROOT, files, name, python_files

# Each a module, or a package when it has grown.
ROOMS = {"models", "commands", "queries", "admin", "events", "signals", "tasks"}
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "misc", "util", "helper", "tools"}
TEXTS = (
    ".py", ".md", ".toml", ".yaml", ".yml", ".html", ".css", ".js", ".txt", ".json", ".cfg", ".sh",
    "Makefile", "run", ".importlinter", ".gitignore",
)  # fmt: skip
# Put together here, so that this file does not break its own rule.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/<-])/(home|root|Users|work)/[a-z]")


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:80]}"
        for suffix in TEXTS
        for path in files(suffix)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("service", settings.KNOWN_SERVICES)
def test_every_service_has_its_rooms(service: str) -> None:
    room = ROOT / service

    modules = {path.stem for path in room.glob("*.py")} | {
        path.parent.name for path in room.glob("*/__init__.py")
    }
    has_api = (room / "api" / "urls.py").is_file()
    assert modules >= ROOMS - _optional(service)
    assert has_api
    assert (room / "README.md").is_file()


def _optional(service: str) -> set[str]:
    """A service without background work has no `tasks.py`, and then nothing to receive."""
    return {"tasks", "signals", "events", "admin"}


@pytest.mark.parametrize("service", settings.KNOWN_SERVICES)
def test_every_service_page_tells_what_a_reader_looks_for(service: str) -> None:
    page = (ROOT / service / "README.md").read_text(encoding="utf-8").lower()

    missing = [word for word in ("## data", "## api", f"services={service}") if word not in page]
    assert missing == []


@pytest.mark.parametrize("service", settings.KNOWN_SERVICES)
def test_every_service_has_tests_of_its_own(service: str) -> None:
    assert list((ROOT / "tests" / service).glob("test_*.py"))


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name(path) for path in python_files() if path.stem in NAMES_THAT_SAY_NOTHING] == []


def test_nothing_is_left_unfinished() -> None:
    assert _lines_with(UNFINISHED) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert _lines_with(MACHINE_PATH) == []


def test_no_file_is_committed_that_tools_make() -> None:
    made = re.compile(r"(^|/)(__pycache__|node_modules|\.venv|\.local|build|dist)/|\.pyc$|\.sqlite3$")
    try:
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")

    assert [path for path in listed if made.search(path)] == []


def test_version_and_changelog_agree() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(
        r"^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    )

    assert headings[0] == version
