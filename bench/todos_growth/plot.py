"""The growth as an SVG, by hand: light and dark as the reader's system is, with no library."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from bench.todos_growth import Growth
from bench.todos_peers.sides import CASES, ROWS

WIDTH, HEIGHT = 760, 340
LEFT, TOP, BOTTOM = 56, 46, 48
GROWTH_RIGHT = 330
WRITERS_LEFT, WRITERS_RIGHT = 520, 690
LIGHT = ("#1f5fa8", "#b3541e", "#2e7d4f", "#7b4ba6", "#a8325a")
DARK = ("#7db3f0", "#f0a070", "#7fd0a0", "#c7a3ee", "#f08fb0")


def _colours(colours: Sequence[str]) -> str:
    """A line and a label of each colour."""
    rules = (f".c{n} {{ stroke: {colour}; }} .f{n} {{ fill: {colour}; }}" for n, colour in enumerate(colours))
    return " ".join(rules)


STYLE = f"""
svg {{ font: 13px system-ui, sans-serif; }}
text {{ fill: #333; }} .title {{ font-weight: 600; }} .quiet {{ fill: #666; }}
.axis {{ stroke: #bbb; stroke-width: 1; }} .line {{ fill: none; stroke-width: 2; }}
.bound {{ stroke: #888; stroke-dasharray: 6 4; }}
{_colours(LIGHT)}
@media (prefers-color-scheme: dark) {{
text {{ fill: #ddd; }} .quiet {{ fill: #aaa; }} .axis {{ stroke: #555; }} .bound {{ stroke: #999; }}
{_colours(DARK)}
}}
"""


def draw(growth: Growth) -> str:
    """Two charts: times beside log n, and writers."""
    parts = [*_growth(growth), *_writers(growth)]
    label = "How request times grow with accounts, beside what log n allows; creates a second by writers."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">\n<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _growth(growth: Growth) -> Iterable[str]:
    steps = growth.steps
    bounds = [growth.allowed(step.accounts) for step in steps]
    lines = {case: [growth.taken(case, step) for step in steps] for case in CASES}
    top = max(1.6, *bounds, *(value for values in lines.values() for value in values)) * 1.05
    first, last = math.log10(steps[0].accounts), math.log10(steps[-1].accounts)
    xs = [
        LEFT + (math.log10(step.accounts) - first) / (last - first) * (GROWTH_RIGHT - LEFT) for step in steps
    ]

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)

    yield _text(LEFT, 20, "Time of a request, times that of the smallest size", "title")
    yield from _axes(LEFT, GROWTH_RIGHT, [(y(mark), f"{mark:g}×") for mark in _marks(top)])
    for x, step in zip(xs, steps, strict=True):
        yield _text(x, HEIGHT - 28, f"{step.accounts:,}", anchor="middle")
    yield _text(
        (LEFT + GROWTH_RIGHT) / 2, HEIGHT - 8, f"accounts, {ROWS} to-dos each", "quiet", anchor="middle"
    )
    yield _line(zip(xs, map(y, bounds), strict=True), "line bound")
    for number, values in enumerate(lines.values()):
        yield _line(zip(xs, map(y, values), strict=True), f"line c{number}")
    labels = [(y(bounds[-1]), "log n", "quiet")]
    labels += [(y(values[-1]), case, f"f{number}") for number, (case, values) in enumerate(lines.items())]
    for place, case, kind in _apart(labels):
        yield _text(GROWTH_RIGHT + 8, place + 4, case, kind)


def _writers(growth: Growth) -> Iterable[str]:
    counts = list(growth.on_one)
    top = max(*growth.on_one.values(), *growth.on_many.values()) * 1.1
    width = WRITERS_RIGHT - WRITERS_LEFT
    xs = [WRITERS_LEFT + number * width / (len(counts) - 1) for number in range(len(counts))]

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP)

    yield _text(WRITERS_LEFT, 20, "Creates a second", "title")
    yield from _axes(WRITERS_LEFT, WRITERS_RIGHT, [(y(mark), f"{mark:g}") for mark in _marks(top)])
    for x, count in zip(xs, counts, strict=True):
        yield _text(x, HEIGHT - 28, str(count), anchor="middle")
    yield _text((WRITERS_LEFT + WRITERS_RIGHT) / 2, HEIGHT - 8, "writers at once", "quiet", anchor="middle")
    labels = []
    for number, (name, rates) in enumerate((("on many", growth.on_many), ("on one", growth.on_one))):
        yield _line(zip(xs, map(y, rates.values()), strict=True), f"line c{number}")
        labels.append((y(rates[counts[-1]]), name, f"f{number}"))
    for place, name, kind in _apart(labels):
        yield _text(WRITERS_RIGHT + 8, place + 4, name, kind)


def _axes(left: float, right: float, marks: Sequence[tuple[float, str]]) -> Iterable[str]:
    for place, label in marks:
        yield f'<line class="axis" x1="{left}" x2="{right}" y1="{place:.1f}" y2="{place:.1f}"/>'
        yield _text(left - 8, place + 4, label, "quiet", anchor="end")


def _marks(top: float) -> list[float]:
    """Round numbers from nought to the top, three to six of them."""
    step = 10 ** math.floor(math.log10(top))
    while top / step < 3:
        step /= 2
    return [number * step for number in range(int(top / step) + 1)]


def _apart(labels: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels from above to below, at least a line apart from each other."""
    found: list[tuple[float, str, str]] = []
    for place, text, kind in sorted(labels):
        found.append((max(place, found[-1][0] + 16) if found else place, text, kind))
    return found


def _line(points: Iterable[tuple[float, float]], kind: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" fill="none" points="{path}"/>'


def _text(x: float, y: float, text: str, kind: str = "", *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
