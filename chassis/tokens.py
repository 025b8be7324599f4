"""Verification of the issuer's access tokens: one verifier for Cognito and for the desk.

RFC 7519 (JWT), RFC 8725 (best current practice), Amazon Cognito "Verifying JSON web tokens".
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import jwt
from django.conf import settings

from chassis.errors import Unavailable

log = logging.getLogger(__name__)

# RS256 alone: a list would let an attacker choose (RFC 8725 §3.1).
ALGORITHM = "RS256"
TOKEN_BYTES_MOST = 8192
# An unknown `kid` is a rotated key at most this often; else a flood of forged tokens would become
# a flood of fetches.
REFRESH_SECONDS_LEAST = 30
# While no key was ever read: often enough to be there as soon as the issuer is.
RETRY_SECONDS_LEAST = 1
KEYS_SECONDS_MOST = 6 * 3600
FETCH_TIMEOUT_SECONDS = 3


# A token is sent with every request of an hour, and its signature does not change.
REMEMBERED_MOST = 1000


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
            least = REFRESH_SECONDS_LEAST if self._keys else RETRY_SECONDS_LEAST
            if time.monotonic() - self._tried_at >= least:
                self._fetch()
                self._tried_at = time.monotonic()
            if not self._keys:
                raise Unavailable("The issuer's keys cannot be read.")

    def _fetch(self) -> None:
        """Take the published keys; known ones stay good while the issuer is away or publishes none."""
        try:
            keys = _signing_keys(_fetch_json(self.url))
        except (OSError, ValueError, HTTPException):
            log.exception("issuer_keys_unavailable", extra={"url": self.url})
            return
        if keys:
            self._keys = keys
            self._fetched_at = time.monotonic()


def _fetch_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_SECONDS) as response:  # noqa: S310 - a setting
        return json.loads(response.read(1_000_000))


def _signing_keys(document: Any) -> dict[str, Any]:
    """Only RSA keys for signatures; a symmetric key in the set must never verify anything.

    Raises:
        ValueError: this is no JSON Web Key Set (RFC 7517 §5).
    """
    published = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(published, list):
        raise ValueError("not a JSON Web Key Set")
    keys = {}
    for key in filter(_is_for_signatures, published):
        try:
            keys[key["kid"]] = jwt.PyJWK.from_dict(key, algorithm=ALGORITHM).key
        except jwt.PyJWTError:
            log.exception("issuer_key_broken", extra={"kid": key["kid"]})
    return keys


def _is_for_signatures(key: Any) -> bool:
    return (
        isinstance(key, dict)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", ALGORITHM) == ALGORITHM
        and isinstance(key.get("kid"), str)
    )


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
    # Not the token itself: what it opens should not lie about in memory.
    remembered = _Remembered.name(token)
    if (claims := _remembered.find(remembered)) is not None:
        return claims
    kid = _key_id(token)
    key = key_set().get(kid)
    claims = _decode(token, key)
    if claims.get("token_use") != "access":
        raise InvalidToken("This is not an access token (`token_use` must be `access`).")
    _remembered.keep(remembered, kid, key, claims)
    return claims


class _Remembered:
    """Tokens whose signature was found good. All that can change since then is looked at each time.

    That is the time, whether the issuer still publishes the key, and the settings.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[Any, ...], tuple[str, Any, dict[str, Any]]] = {}

    @staticmethod
    def name(token: str) -> tuple[Any, ...]:
        """What a verified token is known by: itself, and whom it had to come from and be meant for."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        return digest, settings.OIDC_ISSUER, settings.OIDC_JWKS_URL, tuple(settings.OIDC_AUDIENCES)

    def find(self, name: tuple[Any, ...]) -> dict[str, Any] | None:
        """The claims, if the token was verified and is still good."""
        # One look, since another thread may forget it meanwhile.
        if (found := self._found.get(name)) is None:
            return None
        kid, key, claims = found
        is_expired = int(claims["exp"]) <= time.time() - settings.OIDC_CLOCK_SKEW_SECONDS
        if is_expired or key_set().get(kid) is not key:
            # The whole verification says why.
            self._found.pop(name, None)
            return None
        return dict(claims)

    def keep(self, name: tuple[Any, ...], kid: str, key: Any, claims: dict[str, Any]) -> None:
        """Verified by this key."""
        if len(self._found) >= REMEMBERED_MOST:
            self._found.clear()
        self._found[name] = kid, key, dict(claims)


_remembered = _Remembered()


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
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
