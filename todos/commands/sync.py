"""Operations of a device, carried out once each: planned in memory, written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from chassis.bulk import insert_values
from chassis.errors import DomainError, FieldError, IdTaken
from chassis.rows import Select
from chassis.transactions import in_transaction
from todos.commands.drafts import Row
from todos.commands.journal import load, write
from todos.commands.operations import Operation, fingerprint_of, read_operation
from todos.commands.planning import Outcome, Plan
from todos.commands.versions import lock_account
from todos.errors import GroupRefused, OperationReused
from todos.models import OperationResult, Todo, TodoList

Describe = Callable[[DomainError], dict[str, Any]]
Result = dict[str, Any]
APPLIED, UNCHANGED, REFUSED = "applied", "unchanged", "refused"
_ANSWERED = Select(OperationResult, ("operation_id",), "WHERE subject = %s AND operation_id IN %s")


@dataclass
class _Entry:
    """An operation on its way: as sent, as read, and what became of it."""

    id: UUID
    sent: dict[str, Any]
    fingerprint: str
    operation: Operation | None = None
    refusal: DomainError | None = None
    outcome: Outcome | None = None
    # Carried out by an earlier request, or earlier in this one: told again.
    repeated: Result | None = None


def carry_out(
    *,
    subject: str,
    device: str,
    operations: Sequence[dict[str, Any]],
    describe: Describe,
    keeps_refusals: bool = True,
) -> list[Result]:
    """Carry out each operation once, in order; what became of each.

    `operations` have an `id` each, and groups stand together. `describe` tells a refusal: it is kept with
    the operation, so that a repeat is told the same; without `keeps_refusals` the repeat is tried again.
    """
    work = partial(_carry_out, subject, device, operations, describe, keeps_refusals)
    try:
        return in_transaction(work)
    except IntegrityError:
        # An id was free when it was looked for, and another account's a moment later: look again.
        return in_transaction(work)


def carry_out_one(subject: str, operation: Operation) -> Any:
    """Carry out one operation of a single request; the row that it was about.

    Raises:
        DomainError: why it is refused; nothing has changed then.
    """
    work = partial(_carry_out_one, subject, operation)
    try:
        return in_transaction(work)
    except IntegrityError:
        try:
            return in_transaction(work)
        except IntegrityError as error:
            raise IdTaken from error


def _carry_out_one(subject: str, operation: Operation) -> Row:
    account = lock_account(subject)
    plan = Plan(load(account, [operation]), device="", now=timezone.now())
    plan.carry_out(operation)
    if plan.has_changed:
        write(account, plan)
    kind = operation.kind.partition(".")[0]
    rows: Any = {"list": plan.known.lists, "todo": plan.known.todos, "conflict": plan.known.conflicts}[kind]
    row: TodoList | Todo = rows[operation.target]
    return row


def _carry_out(
    subject: str,
    device: str,
    operations: Sequence[dict[str, Any]],
    describe: Describe,
    keeps_refusals: bool,
) -> list[Result]:
    account = lock_account(subject)
    entries = list(_read(subject, operations))
    plan = Plan(
        load(account, [entry.operation for entry in entries if entry.operation]),
        device=device,
        now=timezone.now(),
    )
    for group in _grouped(entries):
        _carry_out_group(plan, group)
    results = [_result(entry, plan, describe) for entry in entries]
    if plan.has_changed:
        write(account, plan)
    _repeat(entries, results)
    kept = [
        # In the order of the columns.
        (subject, entry.id, entry.fingerprint, result, plan.now, device)
        for entry, result in zip(entries, results, strict=True)
        if _is_new(entry) and (keeps_refusals or entry.refusal is None)
    ]
    insert_values(OperationResult, kept)
    if kept:
        _keep_with_the_new(subject, device, entries, plan.now)
    return results


def _keep_with_the_new(subject: str, device: str, entries: Sequence[_Entry], now: datetime) -> None:
    """What is repeated beside new operations has had no answer yet: it is of the device's last batch, too.

    A request of nothing but repeats may be an old one that arrives late, and changes nothing.
    """
    if repeated := [entry.id for entry in entries if entry.repeated]:
        rows = OperationResult.objects.filter(subject=subject, operation_id__in=repeated)
        rows.update(created_at=now, device=device)


def _read(subject: str, operations: Sequence[dict[str, Any]]) -> Iterator[_Entry]:
    """Each operation, or what it was answered before. One query, and one more for such answers."""
    ids = [UUID(sent["id"]) for sent in operations]
    known: dict[UUID, tuple[str, Result]] = {}
    if repeated := [identifier for (identifier,) in _ANSWERED.json_rows(subject, ids)]:
        rows = OperationResult.objects.filter(subject=subject, operation_id__in=repeated)
        known = {row.operation_id: (row.fingerprint, row.result) for row in rows}
    here: dict[UUID, _Entry] = {}
    for identifier, sent in zip(ids, operations, strict=True):
        entry = _Entry(identifier, sent, fingerprint_of(sent))
        fingerprint, result = known.get(identifier, ("", None))
        if (first := here.get(identifier)) is not None:
            fingerprint, result = first.fingerprint, {}
        if result is not None:
            if fingerprint == entry.fingerprint:
                entry.repeated = result
            else:
                entry.refusal = OperationReused()
        else:
            here[identifier] = entry
            try:
                entry.operation = read_operation(sent)
            except DomainError as error:
                entry.refusal = error
        yield entry


def _grouped(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    """Entries of one group together, all others each for itself."""
    waiting: list[_Entry] = []
    for entry in entries:
        group = entry.sent.get("group")
        if waiting and (group is None or group != waiting[-1].sent.get("group")):
            yield waiting
            waiting = []
        waiting.append(entry)
    if waiting:
        yield waiting


def _carry_out_group(plan: Plan, group: Sequence[_Entry]) -> None:
    mark = plan.mark
    for entry in group:
        if entry.operation is None:
            continue
        try:
            entry.outcome = plan.carry_out(entry.operation)
        except DomainError as error:
            entry.refusal = error
    if len(group) > 1 and any(_is_refused(entry) for entry in group):
        plan.take_back(mark)
        for entry in group:
            if entry.outcome is not None:
                entry.outcome = None
                entry.refusal = GroupRefused()


def _is_refused(entry: _Entry) -> bool:
    return entry.refusal is not None or (entry.repeated or {}).get("status") == REFUSED


def _result(entry: _Entry, plan: Plan, describe: Describe) -> Result:
    """What the device is told. A repeat within one request is filled in by the first one's."""
    if entry.repeated is not None:
        return entry.repeated
    found: Result = {
        "id": entry.sent["id"].lower(),
        "status": REFUSED,
        "version": None,
        "conflicts": [],
        "problem": None,
    }
    if entry.refusal is not None:
        return {**found, "problem": describe(_within_operation(entry.refusal))}
    outcome = entry.outcome
    if outcome is None:
        raise RuntimeError("An operation was neither carried out nor refused.")
    return {
        **found,
        "status": APPLIED if outcome.has_changed else UNCHANGED,
        "version": plan.version if outcome.has_changed else plan.known.version,
        "conflicts": [str(identifier) for identifier in outcome.conflicts],
    }


def _within_operation(error: DomainError) -> DomainError:
    """The same error; what the plan finds at a field is at that member of `set`."""
    error.errors = tuple(
        found
        if found.pointer.split("/")[1:2] in (["set"], ["base"], ["target"], ["kind"]) or not found.pointer
        else FieldError(f"/set{found.pointer}", found.code, found.detail)
        for found in error.errors
    )
    return error


def _repeat(entries: Sequence[_Entry], results: list[Result]) -> None:
    """Give the first one's answer to what stood twice in this request."""
    first = {entry.id: number for number, entry in reversed(list(enumerate(entries)))}
    for number, entry in enumerate(entries):
        if entry.repeated == {}:
            results[number] = results[first[entry.id]]


def _is_new(entry: _Entry) -> bool:
    """Whether its answer is the one that all repeats will get."""
    return entry.repeated is None and not isinstance(entry.refusal, OperationReused)
