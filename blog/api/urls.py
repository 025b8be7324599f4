"""Addresses under `/api/blog/v1/`."""

from django.urls import path

from blog.api import (
    mailing_views,
    photo_views,
    post_views,
    revision_views,
    search_views,
    subscription_views,
    tag_views,
)

urlpatterns = [
    path("posts", post_views.PostsView.as_view(), name="blog-posts"),
    path("posts/<uuid:post_id>", post_views.PostView.as_view(), name="blog-post"),
    path("photos/uploads", photo_views.PhotoUploadsView.as_view(), name="blog-photo-uploads"),
    path("photos", photo_views.PhotosView.as_view(), name="blog-photos"),
    path("photos/<uuid:photo_id>", photo_views.PhotoView.as_view(), name="blog-photo"),
    path("posts/<uuid:post_id>/publish", post_views.PublishView.as_view(), name="blog-publish"),
    path("posts/<uuid:post_id>/unpublish", post_views.UnpublishView.as_view(), name="blog-unpublish"),
    path("posts/<uuid:post_id>/publication", post_views.PublicationView.as_view(), name="blog-publication"),
    path("posts/<uuid:post_id>/schedule", revision_views.ScheduleView.as_view(), name="blog-schedule"),
    path("posts/<uuid:post_id>/revisions", revision_views.RevisionsView.as_view(), name="blog-revisions"),
    path(
        "posts/<uuid:post_id>/revisions/<int:number>",
        revision_views.RevisionView.as_view(),
        name="blog-revision",
    ),
    path(
        "posts/<uuid:post_id>/revisions/<int:number>/restore",
        revision_views.RestoreView.as_view(),
        name="blog-revision-restore",
    ),
    path(
        "posts/<uuid:post_id>/revisions/<int:number>/publish",
        revision_views.RollBackView.as_view(),
        name="blog-roll-back",
    ),
    path("posts/<uuid:post_id>/mailing", mailing_views.MailingView.as_view(), name="blog-mailing"),
    path(
        "posts/<uuid:post_id>/mailing/stop",
        mailing_views.StopMailingView.as_view(),
        name="blog-mailing-stop",
    ),
    path(
        "posts/<uuid:post_id>/mailing/preview",
        mailing_views.MailPreviewView.as_view(),
        name="blog-mailing-preview",
    ),
    path(
        "posts/<uuid:post_id>/mailing/test",
        mailing_views.TestMailView.as_view(),
        name="blog-mailing-test",
    ),
    path("tags", tag_views.TagsView.as_view(), name="blog-tags"),
    path("tags/<slug:slug>", tag_views.TagView.as_view(), name="blog-tag"),
    path("search", search_views.SearchView.as_view(), name="blog-search"),
    path("subscriptions", subscription_views.SubscriptionsView.as_view(), name="blog-subscriptions"),
    path("internal/announcements", post_views.AnnouncementsView.as_view(), name="blog-announcements"),
]
