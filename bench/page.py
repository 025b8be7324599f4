"""`docs/performance.md`: text by hand, and between two marks what a bench has printed last."""

from __future__ import annotations

import platform
import re
from datetime import date

from bench.results import ROOT

PAGE = ROOT / "docs" / "performance.md"


def write(section: str, command: str, text: str) -> None:
    """Put what a bench found between its marks, with the day and the command.

    Raises:
        LookupError: the page has no such section.
    """
    printed = (
        f"Printed by `{command}` on {date.today().isoformat()}"
        f" (Python {platform.python_version()}, {platform.system()} {platform.machine()})."
    )
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", page, re.DOTALL)
    if found is None:
        raise LookupError(f"{PAGE.name} has no section {begin} … {end}.")
    filled = f"{begin}\n{printed}\n\n{text}\n{end}"
    PAGE.write_text(page.replace(found[0], filled), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}.")
