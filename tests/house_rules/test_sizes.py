"""Files and functions stay small enough to be read at once; what is larger says why."""

from __future__ import annotations

import ast

from tests.house_rules.sources import ROOT, name, python_files, syntax_tree

FILE_LINES_MOST = 400
FUNCTION_LINES_MOST = 45

# path → why it is longer.
LONG_FILES = {
    "config/settings.py": "all settings in one file, most of them the documentation of a variable",
}
# path::function → why it is longer.
LONG_FUNCTIONS: dict[str, str] = {}


def _long_functions() -> set[str]:
    return {
        f"{name(path)}::{node.name}"
        for path in python_files()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MOST
    }


def _long_files() -> set[str]:
    return {
        name(path)
        for path in python_files()
        if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES_MOST
    }


def test_no_file_is_too_long_without_a_reason() -> None:
    assert _long_files() == set(LONG_FILES)


def test_no_function_is_too_long_without_a_reason() -> None:
    assert _long_functions() == set(LONG_FUNCTIONS)


def test_the_rules_look_at_the_whole_repository() -> None:
    seen = {name(path).split("/")[0] for path in python_files()}

    assert {"accounts", "blog", "chassis", "config", "local", "tests", "todos", "updates"} <= seen
    assert (ROOT / "pyproject.toml").is_file()
