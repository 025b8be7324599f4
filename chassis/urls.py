"""Addresses that every process has, whatever its services."""

from __future__ import annotations

from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView

from chassis import health, pages
from chassis.api_documents import schema_view
from chassis.staff import urlpatterns as staff_urlpatterns

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
    *(
        path(f"api/{service}/v1/schema/", schema_view(service), name=f"schema-{service}")
        for service in settings.SERVICES
    ),
]
