"""`manage.py test` runs the same pytest suite as everything else."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from config.environment import given_environment


class PytestRunner:
    """Hands the labels of `manage.py test [path …]` over to pytest.

    In a process of its own: by now this one has read the environment file of a running desk, which
    tests must not see.
    """

    def __init__(
        self,
        verbosity: int = 1,
        failfast: bool = False,
        keepdb: bool = False,
        keyword: str = "",
        markers: str = "",
        **options: Any,
    ) -> None:
        self._arguments = [
            *(["-q"] if verbosity == 0 else ["-v"] * (verbosity - 1)),
            *(["--exitfirst"] if failfast else []),
            *(["--reuse-db"] if keepdb else []),
            *(["-k", keyword] if keyword else []),
            *(["-m", markers] if markers else []),
        ]

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """pytest's choices, where `manage.py test` has none of its own."""
        parser.add_argument("--keepdb", action="store_true", help="Keep the test database for the next run.")
        parser.add_argument("--keyword", default="", help="Only tests whose names match (pytest -k).")
        parser.add_argument("--markers", default="", help="Only tests with these marks (pytest -m).")

    def run_tests(self, test_labels: list[str], **options: Any) -> int:
        """Run pytest on the labels, which are paths; 0 if all passed, else pytest's exit code."""
        command = [sys.executable, "-m", "pytest", *self._arguments, *test_labels]
        return subprocess.run(command, cwd=settings.BASE_DIR, env=given_environment(), check=False).returncode
