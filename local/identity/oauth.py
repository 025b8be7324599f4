"""What the provider asks beyond allauth's own checks.

allauth 65.21 accepts the `plain` PKCE method and public clients on any port of a loopback redirect,
forgets a rotated refresh token (so a stolen one is not noticed), and revokes a token for whoever
knows it. RFC 9700 (OAuth 2.0 security best current practice) wants all of that closed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from allauth.core import context
from allauth.idp.oidc import app_settings
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.utils import get_validator_context
from allauth.idp.oidc.models import Client, Token
from django.utils import timezone
from oauthlib.common import Request  # type: ignore[import-untyped]
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError  # type: ignore[import-untyped]
from oauthlib.openid.connect.core.exceptions import LoginRequired  # type: ignore[import-untyped]

from local.identity.families import find_family, record_family, revoke_family

# base64url of a SHA-256 without padding (RFC 7636 §4.2).
S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class StrictRequestValidator(OAuthLibRequestValidator):
    """allauth's validator with the gaps closed."""

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Letter for letter (RFC 9700 §2.1); allauth compares neither port nor user part on loopback."""
        return redirect_uri in request.client.get_redirect_uris()

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """For every client, and with S256 alone (RFC 9700 §2.1.1).

        Raises:
            InvalidRequestError: another method, or a challenge that is no SHA-256.
        """
        challenge = request.code_challenge
        if challenge is not None:
            if request.code_challenge_method != "S256":
                raise InvalidRequestError("code_challenge_method must be S256.", request=request)
            if not S256_CHALLENGE.fullmatch(challenge):
                raise InvalidRequestError("code_challenge is not a SHA-256 in base64url.", request=request)
        return True

    def validate_response_type(
        self, client_id: str, response_type: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Also refuses `prompt=none` for nobody, which allauth does only where `openid` is asked for."""
        if "none" in (request.prompt or "").split() and not context.request.user.is_authenticated:
            raise LoginRequired(request=request)
        return super().validate_response_type(client_id, response_type, client, request, *args, **kwargs)

    def validate_silent_authorization(self, request: Request) -> bool:
        """What this very client was allowed before; allauth counts what any client was.

        A client that never asks for consent has it.
        """
        if request.client.skip_consent:
            return True
        before = Token.objects.valid().filter(
            user=context.request.user, client=request.client, type=Token.Type.REFRESH_TOKEN
        )
        granted = {scope for token in before for scope in token.get_scopes()}
        return granted.issuperset(request.scopes)

    def validate_code(
        self, client_id: str, code: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """A code that comes a second time ends what the first time gave (RFC 6749 §4.1.2)."""
        if super().validate_code(client_id, code, client, request, *args, **kwargs):
            return True
        revoke_family(client=client, value=code)
        return False

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """A rotated token that comes back ends its whole family: one of the two holders is a thief."""
        if super().validate_refresh_token(refresh_token, client, request, *args, **kwargs):
            return True
        revoke_family(client=client, value=refresh_token)
        return False

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Keep the tokens, and which sign-in they go back to."""
        rotated = get_validator_context().refresh_token
        super().save_bearer_token(token, request, *args, **kwargs)
        if "refresh_token" not in token:
            return
        expires_at = timezone.now() + timedelta(seconds=app_settings.REFRESH_TOKEN_EXPIRES_IN or 0)
        family = None
        if rotated is not None:
            # A sign-in lasts as long as its first refresh token said: rotation does not prolong it.
            expires_at = rotated.expires_at or expires_at
            _set_expiry(token, expires_at)
            family = find_family(client=request.client, token_hash=rotated.hash)
        values = [token["access_token"], token["refresh_token"]]
        if request.grant_type == Client.GrantType.AUTHORIZATION_CODE:
            values.append(request.code)
        record_family(family=family or uuid4(), client=request.client, values=values, expires_at=expires_at)

    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Only the client's own (RFC 7009 §2.1); a refresh token takes its access tokens along."""
        own = Token.objects.filter(client=request.client).by_value(token)
        if own.filter(type=Token.Type.REFRESH_TOKEN).exists():
            revoke_family(client=request.client, value=token)
        own.filter(type__in=[Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN]).delete()


def _set_expiry(token: dict[str, Any], expires_at: Any) -> None:
    Token.objects.by_value(token["refresh_token"]).update(expires_at=expires_at)
    token["refresh_expires_in"] = max(0, int((expires_at - timezone.now()).total_seconds()))
