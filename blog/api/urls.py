"""Addresses under `/api/blog/v1/`."""

from django.urls import path

from blog.api import post_views

urlpatterns = [
    path("posts", post_views.PostsView.as_view(), name="blog-posts"),
    path("posts/<uuid:post_id>", post_views.PostView.as_view(), name="blog-post"),
    path("internal/announcements", post_views.AnnouncementsView.as_view(), name="blog-announcements"),
]
