"""A migration that the running version could not live with is refused."""

from __future__ import annotations

import pytest

from tests.migrations_check import RELEASED_BEFORE, lint

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("emulator")]


def test_a_column_that_must_not_be_null_is_refused_but_for_the_one_of_the_first_release() -> None:
    refused, accepted = lint(), lint(*RELEASED_BEFORE)

    assert refused.returncode != 0
    assert "NOT NULL constraint on columns" in refused.stdout
    assert accepted.returncode == 0, accepted.stdout
