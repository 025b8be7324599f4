"""A plan as people read it: a table of before and after, the heaviest files, and a chart as SVG."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.sax.saxutils import escape

from updates.offload.model import HOUR, Hour
from updates.offload.plan import Bill, Plan
from updates.offload.prices import GB, Prices

PATHS_SHOWN = 10
BARS_MOST = 96
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 860, 300, 70, 46, 40
_BEFORE, _AFTER = "#9aa5b1", "#0b6e4f"


def text_of(plan: Plan, prices: Prices) -> str:
    """The whole report."""
    return "\n".join(
        [
            *_measured(plan),
            "",
            *_month(plan, prices),
            "",
            *_heaviest(plan),
            *(f"! {finding}" for finding in plan.findings),
            "",
            plan.verdict(),
        ]
    )


def size_text(number: float) -> str:
    """With the unit that fits."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:,.1f} TB".replace(",", " ")


def _measured(plan: Plan) -> list[str]:
    total = plan.total
    rows = [
        (
            "requests at the origin",
            _count(total.requests),
            _count(total.origin_requests),
            f"{plan.hit_ratio:.2%}",
        ),
        (
            "bytes from the origin",
            size_text(total.bytes),
            size_text(total.origin_bytes),
            f"{plan.byte_ratio:.2%}",
        ),
    ]
    return [
        f"| {'in the log':<24} | {'before':>14} | {'after':>14} | {'saved':>8} |",
        f"|{'-' * 26}|{'-' * 15}:|{'-' * 15}:|{'-' * 9}:|",
        *(f"| {name:<24} | {before:>14} | {after:>14} | {saved:>8} |" for name, before, after, saved in rows),
    ]


def _month(plan: Plan, prices: Prices) -> list[str]:
    money = f"{prices.table['currency']} of traffic"
    bills: list[Bill] = [plan.before, plan.after, *([plan.flat] if plan.flat else [])]
    return [
        f"A month (the log times {plan.months:.1f}), prices of {prices.dated}:",
        f"| {'':<28} | {'origin requests':>16} | {'origin sends':>12} | {'CPU hours':>9} | {money:>14} |",
        f"|{'-' * 30}|{'-' * 17}:|{'-' * 13}:|{'-' * 10}:|{'-' * 15}:|",
        *(
            f"| {bill.name:<28} | {_count(bill.requests):>16} | {size_text(bill.bytes):>12} "
            f"| {bill.cpu_seconds / 3600:>9.1f} | {bill.cost:>14.2f} |"
            for bill in bills
        ),
        f"  ({prices.table['note']} CPU: estimated, {prices.cpu_seconds(GB):g} s a GB.)",
    ]


def _heaviest(plan: Plan) -> list[str]:
    shown = [path for path in plan.paths[:PATHS_SHOWN] if path.requests]
    if not shown:
        return ["No artifact was asked for; give the patterns of yours with --path.", ""]
    return [
        "The heaviest files:",
        f"| {'path':<44} | {'requests':>10} | {'bytes':>10} | {'size':>10} | {'fetches':>7} |",
        f"|{'-' * 46}|{'-' * 11}:|{'-' * 11}:|{'-' * 11}:|{'-' * 8}:|",
        *(
            f"| {_short(path.name):<44} | {_count(path.requests):>10} | {size_text(path.bytes):>10} "
            f"| {size_text(path.whole):>10} | {path.fetches:>7} |"
            for path in shown
        ),
        "",
    ]


def _short(name: bytes) -> str:
    text = "".join(sign if sign.isprintable() else "·" for sign in name.decode("utf-8", "replace"))
    return text if len(text) <= 44 else f"…{text[-43:]}"


def _count(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def chart_of(plan: Plan) -> str:
    """Bytes from the origin over time, before and after, as SVG."""
    bars = _bars(plan)
    most = max((before for _, before, _ in bars), default=0) or 1
    inner, height = _WIDTH - _LEFT - 20, _HEIGHT - _TOP - _BOTTOM
    step = inner / max(1, len(bars))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(plan.verdict())}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">Bytes from the origin</text>',
        f'<rect x="{_LEFT + 200}" y="10" width="12" height="12" fill="{_BEFORE}"/>',
        f'<text x="{_LEFT + 218}" y="20">without an edge: {size_text(plan.total.bytes)}</text>',
        f'<rect x="{_LEFT + 450}" y="10" width="12" height="12" fill="{_AFTER}"/>',
        f'<text x="{_LEFT + 468}" y="20">with it: {size_text(plan.total.origin_bytes)}</text>',
    ]
    for part in range(5):
        y = _TOP + height * part / 4
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e7eb"/>')
        label = size_text(most * (4 - part) / 4)
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#52606d">{label}</text>')
    for number, (began, before, after) in enumerate(bars):
        x = _LEFT + number * step
        for value, color in ((before, _BEFORE), (after, _AFTER)):
            tall = height * value / most
            parts.append(
                f'<rect x="{x + step * 0.1:.2f}" y="{_TOP + height - tall:.2f}" width="{step * 0.8:.2f}" '
                f'height="{tall:.2f}" fill="{color}"/>'
            )
        if number % max(1, len(bars) // 8) == 0 and x < _WIDTH - 90:
            moment = datetime.fromtimestamp(began, UTC).strftime("%d %b %H:%M")
            parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 16}" fill="#52606d">{moment}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _bars(plan: Plan) -> list[tuple[int, int, int]]:
    """Begin, bytes before, bytes after; several hours in one bar if there are many."""
    if not plan.hours:
        return []
    hours: dict[int, Hour] = dict(plan.hours)
    first, last = plan.hours[0][0], plan.hours[-1][0]
    together = -(-(last - first + 1) // BARS_MOST)
    bars: dict[int, list[int]] = {}
    for number, hour in hours.items():
        bar = bars.setdefault((number - first) // together, [0, 0])
        bar[0] += hour.bytes
        bar[1] += hour.origin_bytes
    count = (last - first) // together + 1
    found = []
    for number in range(count):
        before, after = bars.get(number, (0, 0))
        found.append(((first + number * together) * HOUR, before, after))
    return found
