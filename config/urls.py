"""The addresses of this process: the chassis's, the admin's and those of its services."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

# Services that have pages of their own, for people without an account here.
WITH_PAGES = ("blog",)

urlpatterns: list[URLPattern | URLResolver] = [
    # First what is asked for most.
    *(path(f"api/{service}/v1/", include(f"{service}.api.urls")) for service in settings.SERVICES),
    path("", include("chassis.urls")),
    path("admin/", admin.site.urls),
    *(
        path(f"{service}/", include(f"{service}.pages"))
        for service in settings.SERVICES
        if service in WITH_PAGES
    ),
]

handler400 = "chassis.problems.bad_request"
handler403 = "chassis.problems.permission_denied"
handler404 = "chassis.problems.page_not_found"
handler500 = "chassis.problems.server_error"
