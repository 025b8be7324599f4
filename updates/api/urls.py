"""Addresses under `/api/updates/v1/`."""

from django.urls import path

from updates.api import (
    artifact_views,
    manifest_views,
    publisher_views,
    release_views,
    root_views,
    step_views,
    views,
)

_steps = [
    path(f"releases/<uuid:release_id>/{verb}", view.as_view(), name=f"updates-{verb}")
    for verb, view in {
        "submit": step_views.SubmitView,
        "approve": step_views.ApproveView,
        "publish": step_views.PublishView,
        "rollout": step_views.RolloutView,
        "everyone": step_views.EveryoneView,
        "pause": step_views.PauseView,
        "resume": step_views.ResumeView,
        "withdraw": step_views.WithdrawView,
        "discard": step_views.DiscardView,
    }.items()
]

urlpatterns = [
    path("products", views.ProductsView.as_view(), name="updates-products"),
    path("products/<slug:product>", views.ProductView.as_view(), name="updates-product"),
    path("products/<slug:product>/channels", views.ChannelsView.as_view(), name="updates-channels"),
    path("products/<slug:product>/audit", views.AuditView.as_view(), name="updates-audit"),
    path(
        "products/<slug:product>/publishers",
        publisher_views.PublishersView.as_view(),
        name="updates-publishers",
    ),
    path(
        "products/<slug:product>/publishers/<uuid:publisher_id>",
        publisher_views.PublisherView.as_view(),
        name="updates-publisher",
    ),
    path("products/<slug:product>/tuf-root", root_views.RootView.as_view(), name="updates-root"),
    path(
        "products/<slug:product>/tuf-root/preparation",
        root_views.RootPreparationView.as_view(),
        name="updates-root-preparation",
    ),
    path("publishing/audience", publisher_views.AudienceView.as_view(), name="updates-audience"),
    path("publishing/token", publisher_views.ExchangeView.as_view(), name="updates-exchange"),
    path("products/<slug:product>/releases", release_views.ReleasesView.as_view(), name="updates-releases"),
    path(
        "manifests/<slug:product>/<slug:channel>",
        manifest_views.ManifestView.as_view(),
        name="updates-manifest",
    ),
    path("releases/<uuid:release_id>", release_views.ReleaseView.as_view(), name="updates-release"),
    *_steps,
    path(
        "releases/<uuid:release_id>/artifacts",
        artifact_views.ArtifactsView.as_view(),
        name="updates-artifacts",
    ),
    path(
        "releases/<uuid:release_id>/artifacts/<uuid:artifact_id>",
        artifact_views.ReleaseArtifactView.as_view(),
        name="updates-release-artifact",
    ),
    path("artifacts/<uuid:artifact_id>", artifact_views.ArtifactView.as_view(), name="updates-artifact"),
    path("artifacts/<uuid:artifact_id>/upload", artifact_views.UploadView.as_view(), name="updates-upload"),
    path(
        "artifacts/<uuid:artifact_id>/upload/urls",
        artifact_views.UploadUrlsView.as_view(),
        name="updates-upload-urls",
    ),
    path(
        "artifacts/<uuid:artifact_id>/upload/completion",
        artifact_views.UploadCompletionView.as_view(),
        name="updates-upload-completion",
    ),
]
