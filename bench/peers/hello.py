"""A bare Django with Django REST framework and one view: the least that a start can cost."""

from django.conf import settings

settings.configure(
    SECRET_KEY="the-peer-of-the-benchmarks-is-never-deployed-anywhere",
    ROOT_URLCONF="bench.peers.hello",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
)

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Hello(APIView):
    """One answer."""

    def get(self, request: object) -> Response:
        """Hello."""
        return Response({"hello": "world"})


urlpatterns = [path("", Hello.as_view())]
