"""What was downloaded: charts, their tables as CSV, and the logs that were counted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from updates.admin.base import LookingOnly
from updates.models import DownloadDay, EdgeLog, Product
from updates.statistics import drawing, series

DAYS, DAYS_MOST = 30, 366


@admin.register(DownloadDay)
class DownloadDayAdmin(LookingOnly):
    """The daily rows, and the charts that are made of them."""

    list_display = (
        *("day", "artifact", "is_delta", "country", "is_hit"),
        *("downloads", "resumed", "requests", "bytes"),
    )
    list_select_related = ("artifact",)
    list_filter = ("artifact__product", "is_delta", "is_hit")
    date_hierarchy = "day"
    change_list_template = "admin/updates/downloadday/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """With the charts and their tables."""
        mine = [
            path("charts/", self.admin_site.admin_view(self.charts), name="updates_downloads_charts"),
            path(
                "charts/<slug:name>.csv", self.admin_site.admin_view(self.table), name="updates_downloads_csv"
            ),
        ]
        return [*mine, *super().get_urls()]

    def charts(self, request: HttpRequest) -> HttpResponse:
        """All charts of one product."""
        span = self._span(request)
        drawn = [
            # Drawn here, with every name escaped.
            (name, mark_safe(drawing.draw(chart(span))))  # noqa: S308
            for name, chart in series.CHARTS.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Downloads"),
            "opts": self.model._meta,
            "span": span,
            "days": len(span.days),
            "products": list(Product.objects.order_by("slug").values_list("slug", flat=True)),
            "charts": drawn,
        }
        return TemplateResponse(request, "admin/updates/downloadday/charts.html", context)

    def table(self, request: HttpRequest, name: str) -> HttpResponse:
        """The numbers of a chart, or every row."""
        span = self._span(request)
        if name == "rows":
            return _csv(f"{span.product}-rows", series.table(span))
        if name not in series.CHARTS:
            raise Http404
        return _csv(f"{span.product}-{name}", series.CHARTS[name](span).rows())

    def _span(self, request: HttpRequest) -> series.Span:
        if not self.has_view_permission(request):
            raise PermissionDenied
        first = Product.objects.order_by("slug").values_list("slug", flat=True).first() or ""
        wanted = request.GET.get("days", "")
        days = min(DAYS_MOST, max(1, int(wanted))) if wanted.isascii() and wanted.isdigit() else DAYS
        last = timezone.now().date()
        return series.Span(request.GET.get("product", first), last - timedelta(days=days - 1), last)


@admin.register(EdgeLog)
class EdgeLogAdmin(LookingOnly):
    """Which logs are counted, and how far."""

    list_display = ("name", "lines", "skipped", "is_whole", "read_at")


def _csv(name: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    # Names of products are slugs, so they are safe in a header; what was asked for may be anything.
    safe = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{safe}.csv"'
    csv.writer(response).writerows(rows)
    return response
