"""The accounts service as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Identity's profile side: who a user is here, and each user's own folder in S3."""

    name = "accounts"
    verbose_name = "Accounts"
    # Shown on the start page and in the OpenAPI document.
    summary = "Profiles, and each user's own folder in S3."
    api_version = "1.0.0"
