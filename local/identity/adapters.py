"""Where allauth asks us: issuer, subjects, claims and keys of the provider; mails to people."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.private_keys import filter_keys
from allauth.idp.oidc.models import Client, PrivateKey
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from local.identity import settings
from local.identity.models import Person
from local.identity.signing_keys import list_signing_keys

log = logging.getLogger(__name__)


class ProviderAdapter(DefaultOIDCAdapter):
    """Tokens and metadata in the shape that Amazon Cognito gives them."""

    scope_display = {
        **DefaultOIDCAdapter.scope_display,
        "accounts/read": _("See your account"),
        "accounts/write": _("Change your account"),
        "accounts/folder": _("Read and write files in your own folder"),
        "todos/read": _("See your to-dos"),
        "todos/write": _("Change your to-dos"),
    }

    def get_issuer(self) -> str:
        """The configured issuer: a request's Host header must never end up in a token."""
        return str(settings.OIDC_ISSUER)

    def get_user_sub(self, client: Client, user: Person) -> str:
        """The random subject; the primary key would tell how many there are, and be used again."""
        return str(user.subject)

    def get_user_by_sub(self, client: Client, sub: str) -> Person | None:
        """The active person of a subject."""
        try:
            subject = UUID(sub)
        except ValueError:
            return None
        return Person.objects.filter(subject=subject, is_active=True).first()

    def populate_access_token(
        self,
        access_token: dict[str, Any],
        *,
        client: Client,
        scopes: Iterable[str],
        user: Person | None,
        **kwargs: Any,
    ) -> None:
        """Add what Cognito's access tokens carry. A service's `sub` is its client id."""
        if user is None:
            access_token["sub"] = client.id
            return
        access_token["username"] = str(user.subject)
        access_token.update(_group_claim(user))
        access_token.update(_sign_in_time(user))

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: Person,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Who the person is, as far as the scopes go."""
        claims: dict[str, Any] = {"sub": str(user.subject)}
        if "email" in scopes:
            address = EmailAddress.objects.get_primary(user)
            claims["email"] = address.email if address else user.email
            claims["email_verified"] = bool(address and address.verified)
        if "profile" in scopes:
            claims["name"] = user.name or user.email.partition("@")[0]
        if purpose == "userinfo":
            claims["username"] = str(user.subject)
            return claims
        claims.update(_group_claim(user))
        claims.update(_sign_in_time(user))
        return {**claims, "token_use": "id", "cognito:username": str(user.subject)}

    def validate_resource_uris(self, *, uris: list[str], **kwargs: Any) -> None:
        """There are no resources (RFC 8707) to choose from: tokens carry no `aud`, as Cognito's."""
        if uris:
            raise ValidationError("No resource can be asked for here.")

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        """The keys in their directory."""
        keys = list_signing_keys(settings.SIGNING_KEYS_DIR)
        return filter_keys(keys, did_activate=did_activate, is_active=is_active)


def _group_claim(person: Person) -> dict[str, list[str]]:
    groups = sorted(person.groups.values_list("name", flat=True))
    return {"cognito:groups": groups} if groups else {}


def _sign_in_time(person: Person) -> dict[str, int]:
    return {"auth_time": int(person.last_login.timestamp())} if person.last_login else {}


class AccountAdapter(DefaultAccountAdapter):
    """Mails of sign-up and password reset."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand a mail over. Where the mailbox does not answer, sign-up goes on and the log says so."""
        site = SimpleNamespace(name="Quartet", domain=settings.OIDC_ISSUER)
        try:
            super().send_mail(template_prefix, email, {**context, "current_site": site})
        except Exception:  # Whatever the mail backend raises: SMTP, sockets, botocore.
            log.exception("A mail (%s) could not be handed over.", template_prefix)
