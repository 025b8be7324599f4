"""Everything of an account as one file: JSON to be read again here, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import Any

from todos import queries
from todos.models import Account
from todos.queries import KINDS

PAGE = 1000
COLUMNS = (
    "id", "list", "parent_id", "title", "notes", "due_on", "due_time", "due_zone", "recurrence", "next_on",
    "priority", "tags", "done_at", "created_at", "updated_at",
)  # fmt: skip
# A spreadsheet runs what begins so (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def everything(account: Account) -> dict[str, list[dict[str, Any]]]:
    """All rows by kind, as of the account's version."""
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    after = None
    while True:
        page = queries.read_snapshot_page(account, version=account.version, after=after, limit=PAGE)
        for kind, rows in page.rows.items():
            found[kind] += rows
        if page.after is None:
            return found
        after = page.after


def csv_file(rows: dict[str, list[dict[str, Any]]]) -> bytes:
    """The to-dos, a line each. With a byte-order mark, by which spreadsheets know UTF-8."""
    titles = {str(found["id"]): found["title"] for found in rows["lists"]}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for todo in rows["todos"]:
        line = {**todo, "list": titles.get(str(todo["list_id"]), ""), "tags": ", ".join(todo["tags"])}
        writer.writerow(_safe(line[name]) for name in COLUMNS)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _safe(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
