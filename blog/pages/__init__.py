"""Pages for readers: searching, subscribing and their kin."""

from django.urls import URLPattern, path

from blog.pages import previewing, searching, subscribing

urlpatterns: list[URLPattern] = [
    path("preview", previewing.preview, name="blog-preview"),
    path("search", searching.search, name="blog-search-page"),
    path("subscribe", subscribing.subscribe, name="blog-subscribe"),
    path("confirm", subscribing.confirm, name="blog-confirm"),
    path("unsubscribe", subscribing.unsubscribe, name="blog-unsubscribe"),
]
