"""Where packages are made, and what they are made of."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What is kept from one package to the next. Another directory makes everything anew.
BUILD = Path(os.environ.get("LAMBDA_BUILD_DIR") or ROOT / "build" / "lambda")
# What every package has of this repository, beside its services.
SHARED = ("chassis", "config")


@dataclass(frozen=True)
class Target:
    """The machine that a package is for."""

    python: str  # "3.13"
    architecture: str  # "x86_64" or "arm64", as AWS writes it

    @classmethod
    def of_stage(cls, runtime: str, architecture: str) -> Target:
        """From `runtime` and `architecture` of `zappa_settings.json`.

        Raises:
            ValueError: a runtime that is no Python.
        """
        if not runtime.startswith("python3."):
            raise ValueError(f"runtime is {runtime!r}; expected python3.<number>.")
        return cls(runtime.removeprefix("python"), architecture)

    @property
    def platform(self) -> str:
        """As uv names it. Lambda's Amazon Linux 2023 has glibc 2.34."""
        machine = "aarch64" if self.architecture == "arm64" else "x86_64"
        return f"{machine}-manylinux_2_34"

    @property
    def name(self) -> str:
        """For directories."""
        return f"python{self.python}-{self.architecture}"


def uv() -> str:
    """The uv that `make setup` installed, or the one that UV names."""
    return os.environ.get("UV") or str(ROOT / ".local" / "uv" / "bin" / "uv")
