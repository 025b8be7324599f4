"""Loads the settings module anew under other environment variables."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SETTINGS = Path(__file__).parents[2] / "config" / "settings.py"
_NAME = "settings_under_test"


@pytest.fixture
def load_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, str]], ModuleType]:
    """`load_settings({"DEBUG": "perhaps"})`: the module as a process with only these variables reads it."""

    def load(variables: dict[str, str]) -> ModuleType:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        monkeypatch.setenv("ENVIRONMENT_FILE", str(tmp_path / "none"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location(_NAME, SETTINGS)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, _NAME, module)
        spec.loader.exec_module(module)
        return module

    return load
