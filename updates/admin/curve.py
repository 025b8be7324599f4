"""The curve of a rollout as a drawing: to how many it is offered, from when on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 46, 690, 18, 158
# Two labels beside each other are still read.
GAP_LEAST = 96


@dataclass(frozen=True)
class Point:
    """A step as it is drawn."""

    x: int
    y: int
    percent: int
    at: datetime | None
    is_reached: bool


@dataclass(frozen=True)
class Curve:
    """What the template draws."""

    points: tuple[Point, ...]
    # Of an SVG path: what is reached, and what is planned.
    reached: str
    planned: str
    # (per cent, where it stands)
    grid: tuple[tuple[int, int], ...]


def curve_of(steps: Sequence[tuple[datetime | None, int, bool]], *, now: datetime) -> Curve | None:
    """Steps are (from when on, to how many per cent, whether it is so already); the first may be at once."""
    if not steps:
        return None
    places = _places([at or now for at, _, _ in steps])
    points = tuple(
        Point(x, _height(percent), percent, at, done)
        for x, (at, percent, done) in zip(places, steps, strict=True)
    )
    reached = [point for point in points if point.is_reached]
    planned = [*reached[-1:], *(point for point in points if not point.is_reached)]
    return Curve(
        points=points,
        reached=_path(reached, until=planned[1].x if len(planned) > 1 else RIGHT) if reached else "",
        planned=_path(planned, until=RIGHT) if len(planned) > len(reached[-1:]) else "",
        grid=tuple((percent, _height(percent)) for percent in (0, 25, 50, 75, 100)),
    )


def _height(percent: int) -> int:
    return round(BOTTOM - (BOTTOM - TOP) * percent / 100)


def _places(times: Sequence[datetime]) -> list[int]:
    """Where the steps stand: by time, but never so close that their labels meet."""
    room = RIGHT - LEFT - GAP_LEAST // 2
    span = (times[-1] - times[0]).total_seconds() or 1
    places: list[float] = []
    for at in times:
        by_time = LEFT + room * (at - times[0]).total_seconds() / span
        places.append(max(by_time, places[-1] + GAP_LEAST) if places else by_time)
    if places[-1] > LEFT + room:
        places = [LEFT + room * place / max(1, len(times) - 1) for place in range(len(times))]
    return [round(place) for place in places]


def _path(points: Sequence[Point], *, until: int) -> str:
    """A staircase: it stays at a percentage until the next step."""
    first = points[0]
    path = [f"M {first.x} {first.y}"]
    path += [f"H {point.x} V {point.y}" for point in points[1:]]
    return " ".join([*path, f"H {until}"])
