"""What a month costs: one dated table (`prices.json`), of which a file of one's own replaces any part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("prices.json")
GB = 10**9


class BadPrices(ValueError):
    """A table of prices that cannot be counted with."""


@dataclass(frozen=True)
class Prices:
    """The table."""

    table: Mapping[str, Any]

    @property
    def dated(self) -> str:
        """The day on which somebody looked."""
        return str(self.table["dated"])

    def origin_out(self, bytes_: float) -> float:
        """Traffic from the origin to the internet."""
        return _tiered(self.table["origin_out"], bytes_)

    def edge(self, bytes_: float, requests: float, shield_requests: float) -> float:
        """CloudFront, paid as one goes."""
        asked = self.table["edge_requests"]
        return (
            _tiered(self.table["edge_out"], bytes_)
            + max(0.0, requests - asked["free"]) / 10_000 * asked["per_10000"]
            + shield_requests / 10_000 * self.table["shield_requests"]["per_10000"]
        )

    def plan(self, bytes_: float, requests: float) -> tuple[str, float] | None:
        """The cheapest flat rate that is enough; None if none is."""
        fitting = [
            (one["month"], one["name"])
            for one in self.table["plans"]["each"]
            if requests <= one["requests"] and bytes_ <= one["gb"] * GB
        ]
        return (min(fitting)[1], float(min(fitting)[0])) if fitting else None

    def cpu_seconds(self, bytes_: float) -> float:
        """What sending costs the origin's processor."""
        return bytes_ / GB * float(self.table["cpu_seconds_per_gb"]["origin"])


def read_prices(own: Path | None = None) -> Prices:
    """The table, with the parts that a file of one's own has.

    Raises:
        BadPrices: the file is no JSON object of this shape; the message names the part.
    """
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    if own is not None:
        try:
            mine = json.loads(own.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadPrices(f"{own}: {error}") from error
        if not isinstance(mine, dict) or (strange := sorted(set(mine) - set(table))):
            named = "no JSON object" if not isinstance(mine, dict) else f"unknown: {', '.join(strange)}"
            raise BadPrices(f"{own}: {named}; the parts are {', '.join(table)}.")
        for name, part in mine.items():
            table[name] = {**table[name], **part} if isinstance(part, dict) else part
    prices = Prices(table)
    try:
        prices.origin_out(GB)
        prices.edge(GB, 1, 1)
        prices.plan(GB, 1)
        prices.cpu_seconds(GB)
    except (KeyError, TypeError, ValueError) as error:
        raise BadPrices(f"{own}: the table cannot be counted with: {error!r}") from error
    return prices


def _tiered(part: Mapping[str, Any], bytes_: float) -> float:
    gigabytes = max(0.0, bytes_ / GB - part["free_gb"])
    tiers: Sequence[tuple[float | None, float]] = part["tiers"]
    cost, below = 0.0, 0.0
    for upper, price in tiers:
        top = gigabytes if upper is None else min(gigabytes, upper)
        cost += max(0.0, top - below) * price
        below = max(below, top)
    return cost
