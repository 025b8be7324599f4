"""A bearer token checked against the issuer's keys, as tutorials do it with PyJWT."""

from typing import Any

import jwt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from bench.peers.plain_drf import settings

_keys = jwt.PyJWKClient(settings.JWKS_URL, cache_keys=True, lifespan=3600)


class TokenUser:
    """The user of a token; no table is read."""

    is_authenticated = True

    def __init__(self, subject: str) -> None:
        self.subject = subject


class JWTAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`."""

    def authenticate(self, request: Any) -> Any:
        """The user and the token."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            key = _keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key.key, algorithms=["RS256"], issuer=settings.ISSUER)
        except jwt.PyJWTError as error:
            raise AuthenticationFailed from error
        return TokenUser(claims["sub"]), token

    def authenticate_header(self, request: Any) -> str:
        """The challenge."""
        return "Bearer"
