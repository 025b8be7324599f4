"""Tokens of continuous integration (OpenID Connect): whether to believe one, and whom it speaks for.

GitHub: "About security hardening with OpenID Connect"; GitLab: "ID token authentication". RFC 8725 applies.
Nothing here is done inside a transaction: an issuer's keys may have to be fetched.
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings

from chassis.errors import Refused, Unavailable
from chassis.tokens import ALGORITHM, TOKEN_BYTES_MOST, InvalidToken, KeySet
from updates.models import Pipelines, TrustedPublisher

FETCH_TIMEOUT_SECONDS = 3
DOCUMENT_BYTES_MOST = 100_000
LIFE_SECONDS_MOST = 24 * 3600
CLAIM_LENGTH_MOST = 1000
_key_sets: dict[str, KeySet] = {}


class PipelineTokenRefused(Refused):
    """A pipeline's token is not believed, or nobody trusts its workflow."""

    code = "pipeline-token-refused"
    title = "This token of a pipeline is not accepted."


@dataclass(frozen=True)
class Pipeline:
    """What a believed token says of where it comes from."""

    issuer: str
    repository: str
    repository_id: str
    workflow_path: str
    environment: str
    is_protected: bool
    token_id: str
    run: str
    commit: str

    def fits(self, rule: TrustedPublisher) -> bool:
        """Whether this is the workflow that a rule means."""
        return (
            self.issuer == rule.issuer
            and self.repository.casefold() == rule.repository.casefold()
            and self.workflow_path == path_of(rule)
            and (self.environment == rule.environment if rule.environment else self.is_protected)
            and rule.repository_id in ("", self.repository_id)
        )

    def __str__(self) -> str:
        environment = self.environment or "none"
        ref = "protected" if self.is_protected else "not protected"
        workflow = f"workflow {self.workflow_path}, environment {environment}, branch or tag {ref}"
        return f"repository {self.repository}, {workflow}"


def path_of(rule: TrustedPublisher) -> str:
    """Where a rule's workflow is in its repository."""
    if rule.pipelines == Pipelines.GITHUB:
        return f".github/workflows/{rule.workflow}"
    return rule.workflow


def audience() -> str:
    """For whom a pipeline's token must be: this deployment and no other."""
    return str(settings.PUBLIC_URL)


def read_pipeline_token(token: str) -> Pipeline:
    """Where a token comes from.

    Raises:
        PipelineTokenRefused: with the reason: form, issuer, signature, time, audience, or claims.
        Unavailable: the issuer's keys cannot be read.
    """
    try:
        claims = _verify(token)
        return _pipeline(claims)
    except InvalidToken as error:
        raise PipelineTokenRefused(str(error)) from error


def _verify(token: str) -> dict[str, Any]:
    if len(token) > TOKEN_BYTES_MOST:
        raise InvalidToken(f"The token is longer than {TOKEN_BYTES_MOST} bytes.")
    try:
        header = jwt.get_unverified_header(token)
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise InvalidToken("The token is not a JSON Web Token.") from error
    if issuer not in settings.UPDATES_PIPELINE_ISSUERS:
        raise InvalidToken("The token comes from an issuer that this deployment does not trust.")
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or "crit" in header or not isinstance(kid, str):
        raise InvalidToken(f"The token must be signed with {ALGORITHM} and name its key.")
    return _decode(token, _keys_of(issuer).get(kid), issuer)


def _decode(token: str, key: Any, issuer: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=audience(),
            leeway=settings.OIDC_CLOCK_SKEW_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "jti", "sub"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidToken("The token has expired. Ask your pipeline for a new one.") from error
    except jwt.InvalidAudienceError as error:
        raise InvalidToken(f"The token is for another audience; ask for one for {audience()}.") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
        raise InvalidToken("The token is not valid: its signature or its claims are wrong.") from error
    # PyJWT has read both as numbers, whichever way they were written.
    if int(claims["exp"]) - int(claims["iat"]) > LIFE_SECONDS_MOST:
        # Which tokens were exchanged is remembered for longer than this only.
        raise InvalidToken("The token lives for more than a day: it is no pipeline's.")
    return claims


def _pipeline(claims: dict[str, Any]) -> Pipeline:
    is_github = "job_workflow_ref" in claims or "workflow_ref" in claims
    repository = _text(claims, "repository" if is_github else "project_path")
    if is_github:
        # Of a reusable workflow: what runs, not who called it.
        reference = _text(claims, "job_workflow_ref" if "job_workflow_ref" in claims else "workflow_ref")
        begin = f"{repository}/"
    else:
        reference = _text(claims, "ci_config_ref_uri")
        begin = f"{urlsplit(str(claims['iss'])).netloc}/{repository}//"
    # A tag may have an @ itself, such as tide@1.4.0; a rule's file has none.
    path = reference.rpartition("@refs/")[0] or reference.rpartition("@")[0]
    if not path.casefold().startswith(begin.casefold()):
        raise InvalidToken(f"The workflow {reference[:200]} is not one of the repository {repository[:100]}.")
    return Pipeline(
        issuer=str(claims["iss"]),
        repository=repository,
        repository_id=_text(claims, "repository_id" if is_github else "project_id", most=40),
        workflow_path=path[len(begin) :],
        environment=_plain(claims.get("environment") or ""),
        # Both write it as a text.
        is_protected=claims.get("ref_protected") in ("true", True),
        token_id=_text(claims, "jti"),
        run=_plain(claims.get("run_id" if is_github else "pipeline_id") or "")[:40],
        commit=_plain(claims.get("sha") or "")[:64],
    )


def _text(claims: dict[str, Any], name: str, *, most: int = CLAIM_LENGTH_MOST) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"The token has no claim `{name}`: it is no pipeline's.")
    return _plain(value, most=most)


def _plain(value: Any, *, most: int = CLAIM_LENGTH_MOST) -> str:
    """A claim that can be kept and shown: no database takes a NUL byte or half a surrogate."""
    text = str(value)
    if len(text) > most or not text.isprintable():
        raise InvalidToken("A claim of the token is too long, or has characters that no provider writes.")
    return text


def _keys_of(issuer: str) -> KeySet:
    if issuer not in _key_sets:
        _key_sets[issuer] = KeySet(_key_address(issuer))
    return _key_sets[issuer]


def _key_address(issuer: str) -> str:
    """Where an issuer publishes its keys (OpenID Connect Discovery 1.0 §4); only on its own host."""
    address = f"{issuer}/.well-known/openid-configuration"
    try:
        with urllib.request.urlopen(address, timeout=FETCH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - a setting
            found = str(json.loads(answer.read(DOCUMENT_BYTES_MOST))["jwks_uri"])
        is_its_own = urlsplit(found)[:2] == urlsplit(issuer)[:2]
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unavailable(f"The keys of {issuer} cannot be read.") from error
    if not is_its_own:
        raise Unavailable(f"The keys of {issuer} are not on its own host.")
    return found
