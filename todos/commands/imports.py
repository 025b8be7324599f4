"""An export, taken in again: what is there already stays as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from todos.commands.sync import APPLIED, REFUSED, Describe, carry_out

BATCH = 100
_NAMESPACE = uuid.UUID("6a1f1f0e-3f0b-5d0c-9a55-2f3c1f6a7b10")
_LIST = ("title", "colour", "rank", "archived")
_TODO = (
    "title", "notes", "list_id", "parent_id", "rank", "due_on", "due_time", "due_zone", "recurrence",
    "priority", "tags",
)  # fmt: skip


def import_rows(
    *, subject: str, rows: dict[str, Sequence[dict[str, Any]]], describe: Describe
) -> dict[str, Any]:
    """Make what is not there yet, by operations of sync in batches; how many of each, and what was refused.

    Doing it twice is doing it once: the operations' ids come from the rows. What was refused is tried
    again, since what it lacked may have come meanwhile.
    """
    counts: dict[str, Any] = {"made": 0, "there_already": 0, "refused": []}
    batch: list[dict[str, Any]] = []
    for operation in _operations(subject, rows):
        batch.append(operation)
        if len(batch) == BATCH:
            _carry_out(subject, batch, describe, counts)
            batch = []
    _carry_out(subject, batch, describe, counts)
    return counts


def _carry_out(subject: str, batch: list[dict[str, Any]], describe: Describe, counts: dict[str, Any]) -> None:
    if not batch:
        return

    results = carry_out(
        subject=subject, device="import", operations=batch, describe=describe, keeps_refusals=False
    )
    for operation, result in zip(batch, results, strict=True):
        if result["status"] == REFUSED and not result["problem"]["type"].endswith("/id-taken"):
            counts["refused"].append({"id": operation["target"], "problem": result["problem"]})
        elif operation["kind"].endswith(".create"):
            counts["made" if result["status"] == APPLIED else "there_already"] += 1


def _operations(subject: str, rows: dict[str, Sequence[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for row in rows["lists"]:
        yield _operation(subject, "list.create", row["id"], _chosen(row, _LIST))
    for row in _parents_first(rows["todos"]):
        yield _operation(subject, "todo.create", row["id"], _chosen(row, _TODO))
        if row.get("done_at") and not row.get("recurrence"):
            yield _operation(subject, "todo.complete", row["id"], {"at": row["done_at"]})
    for row in rows["completions"]:
        fields = {"occurrence": row["occurrence"], "at": row["done_at"]}
        yield _operation(subject, "todo.complete", row["todo_id"], fields)


def _operation(subject: str, kind: str, target: str, fields: dict[str, Any]) -> dict[str, Any]:
    named = f"{subject} {kind} {target} {sorted(fields.items(), key=str)}"
    return {
        "id": str(uuid.uuid5(_NAMESPACE, named)),
        "kind": kind,
        "target": target,
        "base": 0,
        "set": fields,
    }


def _chosen(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}


def _parents_first(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each after the one that it belongs to. In a circle, and below what is missing, nobody comes first."""
    waiting = {str(row["id"]): row for row in rows}
    while waiting:
        ready = [key for key, row in waiting.items() if str(row.get("parent_id")) not in waiting]
        for key in ready or list(waiting):
            yield waiting.pop(key)
