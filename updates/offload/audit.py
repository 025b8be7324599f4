"""Audit: ask an origin, judge path by path, say it to people or machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from updates.offload.paths import DEFAULT_PATTERNS
from updates.offload.probes import SECONDS, observe
from updates.offload.verdicts import Verdict, judge

ALL_KEPT, SOME_REFUSED, NOT_REACHED = 0, 1, 2


def audit(
    urls: Sequence[str],
    *,
    patterns: Sequence[str] = DEFAULT_PATTERNS,
    obeys_origin: bool = False,
    seconds: float = SECONDS,
    progress: Callable[[str], object] = lambda _: None,
) -> list[Verdict]:
    """A verdict for each address, in their order. One that fails holds up no other."""
    found = []
    for url in urls:
        progress(url)
        observed = observe(url, seconds=seconds)
        found.append(judge(observed, patterns=patterns, obeys_origin=obeys_origin))
    return found


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """0 all are kept, 1 some are refused, 2 one could not be asked."""
    if not all(verdict.is_reachable for verdict in verdicts):
        return NOT_REACHED
    return ALL_KEPT if all(verdict.is_kept for verdict in verdicts) else SOME_REFUSED


def text_of(verdict: Verdict) -> str:
    """A paragraph for people: the decision, then each finding with what shows it."""
    lines = [f"{'KEEP' if verdict.is_kept else 'PASS'}  {verdict.url}"]
    for finding in sorted(verdict.findings, key=lambda one: not one.refuses):
        mark = "✗" if finding.refuses else "·"
        lines += [
            f"  {mark} {finding.says}",
            f"      seen: {finding.shown_by}",
            f"      {'why not' if finding.refuses else 'edge'}: {finding.remedy}",
        ]
    if not verdict.findings:
        lines.append("  · Nothing stands in the way.")
    return "\n".join(lines)
