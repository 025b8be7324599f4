"""Pages for readers: subscribing and its kin."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
