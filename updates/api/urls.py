"""Addresses under `/api/updates/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
