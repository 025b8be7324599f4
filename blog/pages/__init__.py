"""Pages for readers: searching, subscribing and their kin."""

from django.urls import URLPattern, path

from blog.pages import searching, subscribing

urlpatterns: list[URLPattern] = [
    path("search", searching.search, name="blog-search-page"),
    path("subscribe", subscribing.subscribe, name="blog-subscribe"),
    path("confirm", subscribing.confirm, name="blog-confirm"),
    path("unsubscribe", subscribing.unsubscribe, name="blog-unsubscribe"),
]
