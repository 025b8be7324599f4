"""Plan: a log is replayed through the model of an edge; before and after, and the stack's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from updates.offload.model import Copied, Edge, Hour, Replay
from updates.offload.paths import MUTABLE_SECONDS, is_artifact, mutable_word
from updates.offload.prices import Prices

MONTH_SECONDS = 30 * 86_400
# Less than this share of a month's bill is not worth a change.
LITTLE = 0.15
# As many as the stack has parameters for.
PATTERNS_MOST, MUTABLE_MOST = 10, 4


@dataclass(frozen=True)
class Bill:
    """A month: traffic, processor and money."""

    name: str
    requests: float
    bytes: float
    cpu_seconds: float
    cost: float


@dataclass(frozen=True)
class Plan:
    """All that the command prints, draws and writes.

    `patterns`: those the log needs, the heaviest first. `mutable`: narrower ones, of names without a version.
    """

    edge: Edge
    total: Hour
    hours: tuple[tuple[int, Hour], ...]
    seconds: int
    months: float
    before: Bill
    after: Bill
    flat: Bill | None
    paths: tuple[Copied, ...]
    findings: tuple[str, ...]
    patterns: tuple[str, ...]
    mutable: tuple[str, ...]
    unknown_sizes: int

    @property
    def hit_ratio(self) -> float:
        """The share of requests that the origin never saw."""
        return 1 - self.total.origin_requests / self.total.requests if self.total.requests else 0.0

    @property
    def byte_ratio(self) -> float:
        """The share of bytes that the origin did not send."""
        return 1 - self.total.origin_bytes / self.total.bytes if self.total.bytes else 0.0

    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "requests": self.total.requests,
            "bytes": self.total.bytes,
            "origin_requests": self.total.origin_requests,
            "origin_bytes": self.total.origin_bytes,
            "hit_ratio": round(self.hit_ratio, 6),
            "byte_ratio": round(self.byte_ratio, 6),
            "seconds": self.seconds,
            "month": {
                bill.name: {
                    "requests": round(bill.requests),
                    "bytes": round(bill.bytes),
                    "cpu_seconds": round(bill.cpu_seconds),
                    "cost": round(bill.cost, 2),
                }
                for bill in (self.before, self.after, self.flat)
                if bill is not None
            },
            "verdict": self.verdict(),
            "patterns": list(self.patterns),
            "findings": list(self.findings),
        }

    def verdict(self) -> str:
        """In a sentence, whether it pays."""
        if not self.total.requests:
            return "The log has no request, so nothing can be said."
        if self.byte_ratio < LITTLE:
            return (
                f"An edge would save little here: only {self.byte_ratio:.0%} of the bytes are artifacts that "
                "somebody else asked for before. Look at the paths that pass, or leave it."
            )
        best = min((self.after, self.flat) if self.flat else (self.after,), key=lambda bill: bill.cost)
        saved = self.before.cost - best.cost
        share = saved / self.before.cost if self.before.cost else 0.0
        fewer = _share(self.hit_ratio)
        relief = f"The origin would send {_share(self.byte_ratio)} less, for {fewer} fewer requests."
        if saved <= 0 or share < LITTLE:
            return (
                f"{relief} In traffic alone that saves little: {saved:.2f} of {self.before.cost:.2f} a month "
                f"({share:.0%}). What pays is the machine that gets smaller."
            )
        return (
            f"{relief} That saves {saved:.2f} of {self.before.cost:.2f} a month ({share:.0%}): {best.name}."
        )


def make_plan(replay: Replay, prices: Prices, *, days: float = 0.0) -> Plan:
    """From the replayed log to figures of a month; `days` says how long the log is, if it does not itself."""
    hours = tuple(replay.finished_hours())
    total = Hour()
    for _, hour in hours:
        total.requests += hour.requests
        total.bytes += hour.bytes
        total.origin_requests += hour.origin_requests
        total.origin_bytes += hour.origin_bytes
    seconds = replay.last - replay.first + 1 if replay.first else 0
    span = days * 86_400 or max(seconds, 1)
    factor = MONTH_SECONDS / span
    requests, sent = total.requests * factor, total.bytes * factor
    left, asked = total.origin_bytes * factor, total.origin_requests * factor
    # What passes through the edge is sent by it, too; the origin's traffic to the edge is free.
    shield = asked if replay.edge.has_shield and replay.edge.places > 1 else 0.0
    flat = prices.plan(sent, requests)
    cpu = prices.cpu_seconds
    patterns = _patterns(replay)
    mutable = _mutable_patterns(replay)
    return Plan(
        edge=replay.edge,
        total=total,
        hours=hours,
        seconds=seconds,
        months=factor,
        before=Bill("without an edge", requests, sent, cpu(sent), prices.origin_out(sent)),
        after=Bill("CloudFront, pay as you go", asked, left, cpu(left), prices.edge(sent, requests, shield)),
        flat=Bill(f"CloudFront, plan {flat[0]}", asked, left, cpu(left), flat[1]) if flat else None,
        paths=tuple(sorted(replay.paths.values(), key=lambda path: -path.bytes)),
        findings=(*_findings(replay, seconds, days), *_left_out(replay.edge, patterns, mutable)),
        patterns=patterns,
        mutable=mutable,
        unknown_sizes=sum(1 for path in replay.paths.values() if path.requests and not path.size),
    )


def _findings(replay: Replay, seconds: int, days: float) -> list[str]:
    found = [finding for reading in replay.readings for finding in reading.findings()]
    if replay.bad_times:
        found.append(f"{replay.bad_times} lines have a time that does not exist and were left out.")
    if seconds and not days and seconds < 86_400 - 3600:
        found.append(
            f"The log covers {seconds / 3600:.1f} hours; the month is that, again and again. See --days."
        )
    unknown = [path for path in replay.paths.values() if path.requests and not path.size]
    if unknown:
        name = unknown[0].name.decode("utf-8", "replace")
        found.append(
            f"{len(unknown)} files were only asked for in parts, so their size is a guess from below: {name}."
        )
    mutable = [path for path in replay.paths.values() if path.seconds == MUTABLE_SECONDS and path.requests]
    if mutable:
        name = mutable[0].name.decode("utf-8", "replace")
        found.append(
            f"{len(mutable)} names have no version in them ({name}): their copies live {MUTABLE_SECONDS} s."
        )
    return found


def _patterns(replay: Replay) -> tuple[str, ...]:
    """The patterns that the log needs, the heaviest first."""
    weights = dict.fromkeys(replay.edge.patterns, 0)
    for path in replay.paths.values():
        pattern = _pattern_of(path, replay.edge)
        if pattern is not None:
            weights[pattern] += path.bytes
    used = sorted((pattern for pattern in weights if weights[pattern]), key=lambda one: -weights[one])
    return tuple(used)


def _mutable_patterns(replay: Replay) -> tuple[str, ...]:
    """Patterns of the names without a version that the log has, the heaviest first; each within another."""
    found = {}
    for path in sorted(replay.paths.values(), key=lambda path: -path.bytes):
        pattern = _pattern_of(path, replay.edge)
        word = mutable_word(_name_of(path))
        if word and pattern is not None:
            found[_narrowed(pattern, word, _name_of(path))] = True
    return tuple(found)


def _narrowed(pattern: str, word: str, name: str) -> str:
    """Of what a pattern fits, that which has a word in it; a single name where no pattern says that."""
    if pattern.startswith("*"):
        return f"*{word}{pattern}"
    return f"{pattern}{word}*" if pattern.endswith("*") else name


def _pattern_of(path: Copied, edge: Edge) -> str | None:
    return next((one for one in edge.patterns if is_artifact(_name_of(path), (one,))), None)


def _name_of(path: Copied) -> str:
    return path.name.partition(b"?")[0].decode("utf-8", "replace")


def _left_out(edge: Edge, used: tuple[str, ...], mutable: tuple[str, ...]) -> list[str]:
    """What the stack has no room for."""
    found = []
    if names := ", ".join((used or edge.patterns)[PATTERNS_MOST:]):
        found.append(
            f"The stack takes {PATTERNS_MOST} patterns, so these would pass: {names}. "
            "See --path: one wider pattern, such as '/downloads/*', is room for many."
        )
    if names := ", ".join(mutable[MUTABLE_MOST:]):
        found.append(
            f"The stack takes {MUTABLE_MOST} patterns of names without a version, so copies of these would "
            f"live {edge.seconds} s: {names}. See --seconds."
        )
    return found


def stack_parameters(plan: Plan, *, origin: str, shield_region: str) -> list[dict[str, str]]:
    """The values of `infra/offload.yaml`, as `aws cloudformation deploy --parameter-overrides` reads them.

    All of them, empty ones too: what is not written would stay as it was at the last deployment.
    """
    patterns = [*(plan.patterns or plan.edge.patterns), *[""] * PATTERNS_MOST][:PATTERNS_MOST]
    # Room that is left is for names that may come.
    coming = [_narrowed(one, "latest", "") for one in patterns if one]
    mutable = dict.fromkeys([*plan.mutable, *filter(None, coming)])
    narrow = [*mutable, *[""] * MUTABLE_MOST][:MUTABLE_MOST]
    values = {
        "OriginDomain": origin,
        "OriginShieldRegion": shield_region if plan.edge.has_shield else "",
        "ArtifactSeconds": str(plan.edge.seconds),
        "QueryInKey": "yes" if plan.edge.keeps_query else "no",
        **{f"ArtifactPattern{number}": pattern for number, pattern in enumerate(patterns, 1)},
        **{f"MutablePattern{number}": pattern for number, pattern in enumerate(narrow, 1)},
    }
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def _share(ratio: float) -> str:
    """Never rounded up: 99.96 % is not all."""
    return f"{int(ratio * 1000) / 10:.1f}%"
