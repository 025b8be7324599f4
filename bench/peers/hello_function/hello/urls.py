"""The admin, as it comes, and one view."""

from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import path


def hello(request: HttpRequest) -> JsonResponse:
    """Hello."""
    return JsonResponse({"hello": "world"})


urlpatterns = [path("admin/", admin.site.urls), path("", hello)]
