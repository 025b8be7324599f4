"""A router, and a hello."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from bench.peers.plain_drf.views import TodoViewSet

router = DefaultRouter()
router.register("todos", TodoViewSet, basename="todo")


def hello(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok")


urlpatterns = [path("health/live", hello), path("", include(router.urls))]
