"""The daily rows as series for charts and tables. Read only; each is one query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When

from updates.models import ArtifactKind, DownloadDay, Release

VERSIONS_SHOWN = 6


@dataclass(frozen=True)
class Series:
    """Days, and a number for each under some names; `is_share`: of a hundred."""

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
    sums = _sums(span, "downloads", is_delta=_is_delta())
    values = {name: _line(span, sums, kind) for name, kind in (("full", 0), ("delta", 1))}
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
    sums = _sums(span, "downloads", is_delta=_is_delta())
    return Series("Differences", "% of downloads", span.days, {"delta": _share(span, sums, 1)})


def hit_ratio(span: Span) -> Series:
    """How many bytes came from copies."""
    sums = _sums(span, "bytes", is_delta=F("is_hit"))
    return Series("From copies", "% of bytes", span.days, {"hits": _share(span, sums, 1)})


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
    for row in (
        span.found().select_related("artifact").order_by("day", "artifact__file_name", "country", "is_hit")
    ):
        artifact = row.artifact
        yield (
            row.day.isoformat(),
            versions.get(artifact.id, ""),
            artifact.file_name,
            artifact.operating_system,
            artifact.architecture,
            artifact.kind,
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


def _is_delta() -> Case:
    return Case(
        When(artifact__kind=ArtifactKind.DELTA, then=Value(1)), default=Value(0), output_field=IntegerField()
    )


def _sums(span: Span, field: str, *, is_delta: Any) -> dict[tuple[date, int], int]:
    found = span.found().annotate(which=is_delta).values_list("day", "which").annotate(number=Sum(field))
    return {(day, int(which)): number for day, which, number in found.order_by()}


def _line(span: Span, sums: dict[tuple[date, int], int], which: int) -> tuple[float, ...]:
    return tuple(float(sums.get((day, which), 0)) for day in span.days)


def _share(span: Span, sums: dict[tuple[date, int], int], which: int) -> tuple[float, ...]:
    shares = []
    for day in span.days:
        whole = sums.get((day, 0), 0) + sums.get((day, 1), 0)
        shares.append(round(100 * sums.get((day, which), 0) / whole, 2) if whole else 0.0)
    return tuple(shares)
