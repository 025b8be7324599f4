"""The API, a hello, and the pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet

api = WagtailAPIRouter("api")
api.register_endpoint("pages", PagesAPIViewSet)


def hello(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok")


urlpatterns = [path("health/live", hello), path("api/", api.urls), path("", include(wagtail_urls))]
