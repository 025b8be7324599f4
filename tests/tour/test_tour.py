"""The tour itself: it must fail loudly, or its success is worth nothing.."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.identity_provider import free_port
from tests.tour.system import WrongAnswer, expect


def test_a_wrong_answer_names_what_was_expected_and_what_came():
    with pytest.raises(WrongAnswer) as wrong:
        expect("Status of the token endpoint", 500, 200)

    assert str(wrong.value) == "Status of the token endpoint\n  expected: 200\n  got:      500"


def test_a_right_answer_goes_on():
    expect("Status of the token endpoint", 200, 200)


def test_the_tour_ends_with_1_where_nothing_answers(tmp_path):
    issuer = f"http://127.0.0.1:{free_port()}"
    environment = {**os.environ, "ENVIRONMENT_FILE": str(tmp_path / "none"), "OIDC_ISSUER": issuer}

    done = subprocess.run(
        [sys.executable, "-m", "tests.tour"],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "FAILED at sign up two people" in done.stdout
