"""Addresses under `/api/todos/v1/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
