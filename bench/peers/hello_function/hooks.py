"""Zappa's callback: pack the project alone. The bench adds the libraries, as ours are added."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def prepare(cli: Any) -> None:
    """The bench says where there is a virtual environment without any, and which Python it is for."""
    cli.runtime = os.environ["HELLO_RUNTIME"]
    environment = Path(os.environ["HELLO_ENVIRONMENT"])
    cli.zappa.get_current_venv = lambda: environment
