"""The page of a post, and a hello."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from bench.peers.plain_blog.models import Post


def hello(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok")


def post(request: HttpRequest, slug: str) -> HttpResponse:
    """One post."""
    return render(request, "plain_post.html", {"post": get_object_or_404(Post, slug=slug)})


urlpatterns = [path("health/live", hello), path("blog/<slug:slug>/", post)]
