"""The soak goes on where it was stopped, and keeps what failed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.todos import soak


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The chunks that were run, in order; each is a program that passes unless there is a file `fail`."""
    found: list[tuple[str, int]] = []

    def words(chunk: soak.Chunk) -> list[str]:
        found.append((chunk.database, chunk.seed))
        script = "import pathlib, sys; print('broken'); sys.exit(pathlib.Path(sys.argv[1]).exists())"
        return [sys.executable, "-I", "-S", "-c", script, str(tmp_path / "fail")]

    monkeypatch.setattr(soak, "PLACE", tmp_path)
    monkeypatch.setattr(soak.Chunk, "words", property(words))
    return found


def test_a_soak_goes_on_with_other_histories(ran: list[tuple[str, int]]) -> None:
    soak.run(200, 200)
    soak.run(400, 200)

    first = soak.Soak.found().first_seed
    assert ran == [(name, seed) for seed in (first, first + 1) for name in ("sqlite", "postgresql")]


def test_a_finished_soak_runs_nothing(ran: list[tuple[str, int]]) -> None:
    soak.run(200, 200)
    ran.clear()

    code = soak.run(200, 200)

    assert (code, ran) == (0, [])


def test_what_failed_is_kept_and_tried_first_again(
    ran: list[tuple[str, int]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fail").touch()
    code = soak.run(200, 200)
    (tmp_path / "fail").unlink()
    printed = capsys.readouterr().out

    seed = soak.Soak.found().first_seed
    assert code == 1
    assert (tmp_path / f"sqlite-{seed}.log").read_text() == "broken\n"
    assert "Again: ENVIRONMENT_FILE= TEST_DATABASE=sqlite HISTORIES=100 python" in printed
    assert soak.run(200, 200) == 0
    # The command that was shown asked for the words once more.
    assert [found for found in ran if found[0] == "sqlite"] == [("sqlite", seed)] * 3
