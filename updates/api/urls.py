"""Addresses under `/api/updates/v1/`."""

from django.urls import path

from updates.api import release_views, views

urlpatterns = [
    path("products", views.ProductsView.as_view(), name="updates-products"),
    path("products/<slug:product>", views.ProductView.as_view(), name="updates-product"),
    path("products/<slug:product>/channels", views.ChannelsView.as_view(), name="updates-channels"),
    path("products/<slug:product>/audit", views.AuditView.as_view(), name="updates-audit"),
    path("products/<slug:product>/releases", release_views.ReleasesView.as_view(), name="updates-releases"),
    path("releases/<uuid:release_id>", release_views.ReleaseView.as_view(), name="updates-release"),
    path("releases/<uuid:release_id>/discard", release_views.DiscardView.as_view(), name="updates-discard"),
]
