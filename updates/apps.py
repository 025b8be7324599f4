"""The updates service as a Django app."""

from django.apps import AppConfig


class UpdatesConfig(AppConfig):
    """Software releases, distributed in mass."""

    name = "updates"
    verbose_name = "Updates"
    # Shown on the start page and in the OpenAPI document.
    summary = "Software updates, distributed in mass from the edge."
    api_version = "1.0.0"

    def ready(self) -> None:
        """Connect the receivers; say what there is to publish."""
        from chassis import health, publishing
        from updates import plans, scopes, signals  # noqa: F401
        from updates.commands import finish_publication, note_failed_publication
        from updates.commands.renewal import check_signatures

        health.CHECKS["signatures"] = check_signatures
        publishing.register(
            scopes.PRODUCT,
            plan=plans.plan_product,
            published=lambda job: finish_publication(job=job),
            failed=lambda job: note_failed_publication(job_id=job.id),
        )
        publishing.register(scopes.REMOVAL, plan=plans.plan_removal)
        publishing.register(scopes.HOME, plan=plans.plan_home)
