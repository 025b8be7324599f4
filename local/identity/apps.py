"""The identity provider as a Django app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People and tokens of the desk."""

    name = "local.identity"
    label = "identity"

    def ready(self) -> None:
        """Have allauth's server use our validator: it offers no setting for that."""
        from allauth.idp.oidc.internal.oauthlib import server

        from local.identity.oauth import StrictRequestValidator

        server.OAuthLibRequestValidator = StrictRequestValidator
