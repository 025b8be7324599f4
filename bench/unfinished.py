"""What a bench that was interrupted had measured already, for the next run of the same code.

Each part is kept with the commit it belongs to: figures of two versions never stand in one table.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bench.results import ROOT


class Unfinished:
    """`build/bench/<name>.unfinished.json`. Figures of a changed checkout are not kept at all."""

    def __init__(self, name: str) -> None:
        self.path: Path = ROOT / "build" / "bench" / f"{name}.unfinished.json"
        self._code = _code()
        self.parts: dict[str, Any] = self._found()

    def keep(self, part: str, figures: Any) -> None:
        """This part need not be measured again."""
        self.parts[part] = figures
        if self._code:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({"code": self._code, "parts": self.parts}) + "\n")

    def finish(self) -> None:
        """All is measured: the next run begins anew."""
        self.path.unlink(missing_ok=True)

    def _found(self) -> dict[str, Any]:
        if not self._code or not self.path.exists():
            return {}
        kept = json.loads(self.path.read_text())
        parts: dict[str, Any] = kept["parts"] if kept["code"] == self._code else {}
        if parts:
            print(f"  goes on: {', '.join(parts)} measured before.", flush=True)
        return parts


def _code() -> str:
    """The commit, or nothing where something is not committed or there is no git."""
    try:
        commit, changes = (
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    # The page that the benches themselves write says nothing of the code.
    changed = [line for line in changes.splitlines() if not line[3:].startswith("docs/")]
    return "" if changed else commit.strip()
