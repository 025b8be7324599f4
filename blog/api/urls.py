"""Addresses under `/api/blog/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
