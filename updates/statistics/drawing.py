"""A series as SVG: bars where parts make a whole, lines elsewhere. Pure."""

from __future__ import annotations

from xml.sax.saxutils import escape

from updates.statistics.series import Series

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 240, 64, 16, 40, 30
# Told apart by those who see few colours, too.
_COLORS = ("#0b6e4f", "#e08e0b", "#3d5a98", "#b23a48", "#6c757d", "#7b2d8b")


def draw(series: Series) -> str:
    """The chart with its title and legend."""
    most = _most(series)
    title = escape(f"{series.title}, {series.unit}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(series.title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14" font-weight="600">{title}</text>',
        *_grid(most),
    ]
    below = [0.0] * len(series.days)
    for number, (name, values) in enumerate(series.values.items()):
        color = _COLORS[number % len(_COLORS)]
        parts.append(f'<rect x="{_LEFT + 110 * number}" y="24" width="10" height="10" fill="{color}"/>')
        parts.append(f'<text x="{_LEFT + 14 + 110 * number}" y="33">{escape(name)}</text>')
        if series.is_stacked:
            parts += _bars(values, below, most, color)
            below = [before + value for before, value in zip(below, values, strict=True)]
        else:
            parts.append(_path(values, most, color))
    return "\n".join([*parts, *_days(series), "</svg>"])


def _most(series: Series) -> float:
    columns = list(zip(*series.values.values(), strict=True)) if series.values else []
    if series.unit.startswith("%"):
        return 100.0
    return max((sum(column) if series.is_stacked else max(column) for column in columns), default=0) or 1.0


def _grid(most: float) -> list[str]:
    lines = []
    for part in range(5):
        y = _y(most * part / 4, most)
        lines.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="#e3e7eb"/>')
        text = f"{most * part / 4:,.4g}"
        lines.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#52606d">{text}</text>')
    return lines


def _bars(values: tuple[float, ...], below: list[float], most: float, color: str) -> list[str]:
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    bars = []
    for number, (before, value) in enumerate(zip(below, values, strict=True)):
        top, height = _y(before + value, most), _y(before, most) - _y(before + value, most)
        bars.append(
            f'<rect x="{_LEFT + (number + 0.1) * step:.1f}" y="{top}" width="{step * 0.8:.1f}" '
            f'height="{height:.1f}" fill="{color}"/>'
        )
    return bars


def _path(values: tuple[float, ...], most: float, color: str) -> str:
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    places = [f"{_LEFT + (number + 0.5) * step:.1f},{_y(value, most)}" for number, value in enumerate(values)]
    return f'<polyline points="{" ".join(places)}" fill="none" stroke="{color}" stroke-width="2"/>'


def _days(series: Series) -> list[str]:
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(series.days))
    every = max(1, -(-len(series.days) // 8))
    return [
        f'<text x="{_LEFT + (number + 0.5) * step:.1f}" y="{_HEIGHT - 10}" text-anchor="middle" '
        f'fill="#52606d">{day:%d %b}</text>'
        for number, day in enumerate(series.days)
        if number % every == 0
    ]


def _y(value: float, most: float) -> float:
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / most, 1)
