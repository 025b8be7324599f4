"""Addresses under `/api/blog/v1/`."""

from django.urls import path

from blog.api import photo_views, post_views, subscription_views

urlpatterns = [
    path("posts", post_views.PostsView.as_view(), name="blog-posts"),
    path("posts/<uuid:post_id>", post_views.PostView.as_view(), name="blog-post"),
    path("photos/uploads", photo_views.PhotoUploadsView.as_view(), name="blog-photo-uploads"),
    path("photos", photo_views.PhotosView.as_view(), name="blog-photos"),
    path("photos/<uuid:photo_id>", photo_views.PhotoView.as_view(), name="blog-photo"),
    path("posts/<uuid:post_id>/publish", post_views.PublishView.as_view(), name="blog-publish"),
    path("posts/<uuid:post_id>/unpublish", post_views.UnpublishView.as_view(), name="blog-unpublish"),
    path("posts/<uuid:post_id>/publication", post_views.PublicationView.as_view(), name="blog-publication"),
    path("subscriptions", subscription_views.SubscriptionsView.as_view(), name="blog-subscriptions"),
    path("internal/announcements", post_views.AnnouncementsView.as_view(), name="blog-announcements"),
]
