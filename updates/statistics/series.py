"""The daily rows as series for charts and tables. Read only; each is one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from updates.models import ArtifactKind, DownloadDay, Release

VERSIONS_SHOWN = 6


@dataclass(frozen=True)
class Series:
    """Days, and a number for each of them under some names; `is_stacked`: together they are a whole."""

    title: str
    unit: str
    days: tuple[date, ...]
    values: dict[str, tuple[float, ...]]
    is_stacked: bool = False

    def rows(self) -> Iterator[list[Any]]:
        """As a table with its head."""
        yield ["day", *self.values]
        for number, day in enumerate(self.days):
            yield [day.isoformat(), *(values[number] for values in self.values.values())]


@dataclass(frozen=True)
class Span:
    """Of which product, and from when to when."""

    product: str
    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """Each day, also those without a download."""
        return tuple(self.first + timedelta(number) for number in range((self.last - self.first).days + 1))

    def found(self) -> QuerySet[DownloadDay]:
        """Its rows."""
        return DownloadDay.objects.filter(
            artifact__product__slug=self.product, day__gte=self.first, day__lte=self.last
        )


def downloads(span: Span) -> Series:
    """Downloads by day, whole ones and differences."""
    sums = _sums(span, "downloads", by="is_delta")
    values = {name: _line(span, sums, is_delta) for name, is_delta in (("full", False), ("delta", True))}
    return Series("Downloads", "a day", span.days, values, is_stacked=True)


def adoption(span: Span) -> Series:
    """Of all downloads up to a day, how many had each version: how a release reaches its users."""
    versions = _versions(span.product)
    found = span.found().values_list("day", "artifact").annotate(number=Sum("downloads"))
    by_version: dict[str, dict[date, int]] = {}
    for day, artifact, number in found:
        of_day = by_version.setdefault(versions.get(artifact, "?"), {})
        of_day[day] = of_day.get(day, 0) + number
    shown = list(dict.fromkeys(version for version in versions.values() if version in by_version))
    values: dict[str, tuple[float, ...]] = {}
    for version in shown[:VERSIONS_SHOWN]:
        so_far, line = 0, []
        for day in span.days:
            so_far += by_version[version].get(day, 0)
            line.append(float(so_far))
        values[version] = tuple(line)
    return Series("Adoption", "downloads so far", span.days, values)


def delta_share(span: Span) -> Series:
    """How much of what was downloaded were differences."""
    sums = _sums(span, "downloads", by="is_delta")
    return Series("Differences", "% of downloads", span.days, {"delta": _share(span, sums)})


def hit_ratio(span: Span) -> Series:
    """How many bytes came from copies."""
    sums = _sums(span, "bytes", by="is_hit")
    return Series("From copies", "% of bytes", span.days, {"hits": _share(span, sums)})


CHARTS: dict[str, Callable[[Span], Series]] = {
    "downloads": downloads,
    "adoption": adoption,
    "delta-share": delta_share,
    "hit-ratio": hit_ratio,
}


def table(span: Span) -> Iterator[Sequence[Any]]:
    """Every row, for whoever wants to count on their own."""
    yield (
        "day", "version", "file", "system", "processor", "kind", "country", "from a copy",
        "requests", "bytes", "downloads", "in parts",
    )  # fmt: skip
    versions = _versions(span.product)
    order = ("day", "artifact__file_name", "is_delta", "country", "is_hit")
    for row in span.found().select_related("artifact").order_by(*order):
        artifact = row.artifact
        yield (
            row.day.isoformat(),
            versions.get(artifact.id, ""),
            artifact.file_name,
            artifact.operating_system,
            artifact.architecture,
            ArtifactKind.DELTA if row.is_delta else artifact.kind,
            row.country,
            int(row.is_hit),
            row.requests,
            row.bytes,
            row.downloads,
            row.resumed,
        )


def _versions(product: str) -> dict[Any, str]:
    """The version in which each file came first; the newest version first."""
    found = Release.objects.filter(channel__product__slug=product, artifacts__isnull=False)
    pairs = list(found.order_by("-number").values_list("artifacts", "version"))
    first = dict(pairs)
    return {artifact: first[artifact] for artifact, _ in pairs}


def _sums(span: Span, field: str, *, by: str) -> dict[tuple[date, bool], int]:
    """The sum of a field on each day, where what `by` names is so and where it is not."""
    found = span.found().values_list("day", by).annotate(number=Sum(field)).order_by()
    return {(day, claim): number for day, claim, number in found}


def _line(span: Span, sums: dict[tuple[date, bool], int], claim: bool) -> tuple[float, ...]:
    return tuple(float(sums.get((day, claim), 0)) for day in span.days)


def _share(span: Span, sums: dict[tuple[date, bool], int]) -> tuple[float, ...]:
    shares = []
    for day in span.days:
        part = sums.get((day, True), 0)
        whole = part + sums.get((day, False), 0)
        shares.append(round(100 * part / whole, 2) if whole else 0.0)
    return tuple(shares)
