"""Pages for readers: subscribing and its kin."""

from django.urls import URLPattern, path

from blog.pages import subscribing

urlpatterns: list[URLPattern] = [
    path("subscribe", subscribing.subscribe, name="blog-subscribe"),
    path("confirm", subscribing.confirm, name="blog-confirm"),
    path("unsubscribe", subscribing.unsubscribe, name="blog-unsubscribe"),
]
