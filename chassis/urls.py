"""Addresses that every process has, whatever its services."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from chassis import health, pages
from chassis.staff import urlpatterns as staff_urlpatterns


def _schema_view(service: str) -> URLPattern:
    config = apps.get_app_config(service)
    view = SpectacularAPIView.as_view(
        patterns=[path(f"api/{service}/v1/", include(f"{service}.api.urls"))],
        custom_settings={
            "TITLE": f"Quartet: {service}",
            "VERSION": config.api_version,
            "DESCRIPTION": config.summary,
            "SERVERS": [{"url": settings.WEB_URL}],
        },
        audience="anyone",
    )
    return path(f"api/{service}/v1/schema/", view, name=f"schema-{service}")


urlpatterns = [
    path("", pages.start, name="start"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("docs/", pages.docs_index, name="docs"),
    path("docs/<str:service>/", pages.api_docs, name="api-docs"),
    path("docs/<str:service>/start.js", pages.api_docs_script, name="api-docs-script"),
    path("problems/", pages.problem_types, name="problem-types"),
    path("problems/<slug:code>", pages.problem_type, name="problem-type"),
    path(
        "favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}chassis/quartet.svg"), name="favicon"
    ),
    *staff_urlpatterns,
    *(_schema_view(service) for service in settings.SERVICES),
]
