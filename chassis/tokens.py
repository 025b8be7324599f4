"""Verification of the issuer's access tokens: one verifier for Cognito and for the desk.

RFC 7519 (JWT), RFC 8725 (best current practice), Amazon Cognito "Verifying JSON web tokens".
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.conf import settings

from chassis.errors import Unavailable

# RS256 alone: a list would let an attacker choose (RFC 8725 §3.1).
ALGORITHM = "RS256"
TOKEN_BYTES_MOST = 8192
# An unknown `kid` is a rotated key at most this often; else a flood of forged tokens would become
# a flood of fetches.
REFRESH_SECONDS_LEAST = 30
KEYS_SECONDS_MOST = 6 * 3600
FETCH_TIMEOUT_SECONDS = 3


class InvalidToken(Exception):
    """The token must not be believed; the message may be shown to the client."""


@dataclass
class KeySet:
    """The issuer's public keys, fetched when first needed and again on an unknown `kid`."""

    url: str
    _keys: dict[str, Any] = field(default_factory=dict)
    _fetched_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, kid: str) -> Any:
        """The public key of this id.

        Raises:
            InvalidToken: the issuer has no such key.
            Unavailable: no key was ever read and the issuer does not answer.
        """
        if kid not in self._keys or time.monotonic() - self._fetched_at > KEYS_SECONDS_MOST:
            self._refresh()
        if kid not in self._keys:
            raise InvalidToken("The token is signed by a key that the issuer does not publish.")
        return self._keys[kid]

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._tried_at < REFRESH_SECONDS_LEAST and self._keys:
                return
            self._tried_at = time.monotonic()
            try:
                document = _fetch_json(self.url)
            except (OSError, ValueError) as error:
                if self._keys:
                    return  # Known keys stay good while the issuer is away.
                raise Unavailable("The issuer's keys cannot be read.") from error
            self._keys = _signing_keys(document)
            self._fetched_at = time.monotonic()


def _fetch_json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_SECONDS) as response:  # noqa: S310 - a setting
        document = json.loads(response.read(1_000_000))
    if not isinstance(document, dict):
        raise ValueError("not a JSON Web Key Set")
    return document


def _signing_keys(document: dict[str, Any]) -> dict[str, Any]:
    """Only RSA keys for signatures; a symmetric key in the set must never verify anything."""
    return {
        key["kid"]: jwt.PyJWK.from_dict(key, algorithm=ALGORITHM).key
        for key in document.get("keys", ())
        if key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("kid")
        and key.get("alg", ALGORITHM) == ALGORITHM
    }


_key_sets: dict[str, KeySet] = {}


def key_set() -> KeySet:
    """The key set of the configured issuer, shared by all requests of this process."""
    url = settings.OIDC_JWKS_URL
    if url not in _key_sets:
        _key_sets.setdefault(url, KeySet(url))
    return _key_sets[url]


def verify_access_token(token: str) -> dict[str, Any]:
    """The claims of a token that this deployment believes.

    Raises:
        InvalidToken: wrong form, algorithm, key, issuer, time, audience or use.
        Unavailable: the issuer's keys cannot be read.
    """
    if len(token) > TOKEN_BYTES_MOST:
        raise InvalidToken(f"The token is longer than {TOKEN_BYTES_MOST} bytes.")
    kid = _key_id(token)
    claims = _decode(token, key_set().get(kid))
    if claims.get("token_use") != "access":
        raise InvalidToken("This is not an access token (`token_use` must be `access`).")
    return claims


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise InvalidToken("The token is not a JSON Web Token.") from error
    if header.get("alg") != ALGORITHM:
        raise InvalidToken(f"The token must be signed with {ALGORITHM}.")
    # RFC 8725 §3.11: a token of another kind (`secevent+jwt`, …) is not an access token.
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") not in ("jwt", "at+jwt"):
        raise InvalidToken("The token is of another type than an access token.")
    if "crit" in header:
        raise InvalidToken("The token has critical extensions that are not understood.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise InvalidToken("The token does not name its key (`kid`).")
    return kid


def _decode(token: str, key: Any) -> dict[str, Any]:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=settings.OIDC_ISSUER,
            leeway=settings.OIDC_CLOCK_SKEW_SECONDS,
            options={"require": ["exp", "iss", "iat"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The token has expired. Get a new one.") from error
    except jwt.InvalidIssuerError as error:
        raise InvalidToken("The token comes from another issuer.") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
        raise InvalidToken("The token is not valid.") from error
    _require_audience(claims)
    return claims


def _require_audience(claims: dict[str, Any]) -> None:
    """Refuse a foreign `aud` where one is present: Cognito's access tokens have none."""
    if "aud" not in claims:
        return
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(audience in settings.OIDC_AUDIENCES for audience in named):
        raise InvalidToken("The token is meant for another audience.")
