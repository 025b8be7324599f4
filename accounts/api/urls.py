"""Addresses under `/api/accounts/v1/`."""

from django.urls import path

from accounts.api import folder_views, views

urlpatterns = [
    path("me", views.MeView.as_view(), name="accounts-me"),
    path("me/folder", folder_views.FolderView.as_view(), name="accounts-folder"),
    path("me/folder/usage", folder_views.UsageView.as_view(), name="accounts-folder-usage"),
    path("me/folder/credentials", folder_views.CredentialsView.as_view(), name="accounts-folder-credentials"),
    path("me/folder/uploads", folder_views.UploadsView.as_view(), name="accounts-folder-uploads"),
    path("me/folder/downloads", folder_views.DownloadsView.as_view(), name="accounts-folder-downloads"),
    path("me/folder/deletions", folder_views.DeletionsView.as_view(), name="accounts-folder-deletions"),
    path("me/folder/multipart", folder_views.MultipartView.as_view(), name="accounts-multipart"),
    path(
        "me/folder/multipart/urls", folder_views.MultipartUrlsView.as_view(), name="accounts-multipart-urls"
    ),
    path(
        "me/folder/multipart/parts",
        folder_views.MultipartPartsView.as_view(),
        name="accounts-multipart-parts",
    ),
    path(
        "me/folder/multipart/completion",
        folder_views.MultipartCompletionView.as_view(),
        name="accounts-multipart-completion",
    ),
    path(
        "me/folder/multipart/abort",
        folder_views.MultipartAbortView.as_view(),
        name="accounts-multipart-abort",
    ),
    path("profiles", views.ProfilesView.as_view(), name="accounts-profiles"),
    path("profiles/<uuid:profile_id>", views.ProfileView.as_view(), name="accounts-profile"),
    path("internal/attachments", views.AttachmentCheckView.as_view(), name="accounts-attachments"),
]
