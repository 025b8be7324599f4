"""Tokens of pipelines by somebody hostile, and by an issuer that has lost its mind: refused, never a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.updates.hostile_edge import HostileEdge
from tests.updates.test_trusted_publishing import (
    OTHER_KEY,
    exchange,  # noqa: F401 - a fixture
    pipelines,  # noqa: F401 - a fixture
    rule,  # noqa: F401 - a fixture
)
from updates import pipeline_tokens
from updates.models import PublisherToken

pytestmark = pytest.mark.django_db
KEY_ADDRESS = pipeline_tokens._key_address
NOW = int(time.time())
MANY = "9" * 400
DEEP = b'{"iss":' + b"[" * 5000


def segment(value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def by_hand(token, **header):
    """The claims of a good token under another header, without a signature."""
    kid = jwt.get_unverified_header(token)["kid"]
    return f"{segment({'alg': 'RS256', 'kid': kid, **header})}.{token.split('.')[1]}."


def public_key_as_secret(token, issuer):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    secret = issuer.key.public_key().public_bytes(serialization.Encoding.PEM, form)
    signed = by_hand(token, alg="HS256").removesuffix(".")
    return f"{signed}.{segment(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def by_mallory(**header):
    """Signed by a key of mallory's, which the header offers."""

    def forge(token, issuer):
        claims = jwt.decode(token, options={"verify_signature": False})
        return issuer.sign(claims, key=OTHER_KEY, **header)

    return forge


JWK = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))
FORGERIES = {
    "alg none": lambda token, _: by_hand(token, alg="none"),
    "alg nOnE": lambda token, _: by_hand(token, alg="nOnE"),
    "alg is a list": lambda token, _: by_hand(token, alg=["RS256"]),
    "no signature": lambda token, _: by_hand(token),
    "HS256 with the public key": public_key_as_secret,
    "jwk": by_mallory(jwk={**JWK, "kid": "mallory"}),
    "jku and x5u": by_mallory(jku="https://mallory.example/keys", x5u="https://mallory.example/keys"),
    "kid is a path": by_mallory(kid="../../../../dev/null"),
    "kid is SQL": by_mallory(kid="x' OR '1'='1"),
    "kid is a list": lambda token, _: by_hand(token, kid=["a"]),
    "crit": lambda token, issuer: issuer.sign(
        jwt.decode(token, options={"verify_signature": False}), crit=["exp"]
    ),
    "deep header": lambda token, _: f"{segment(DEEP)}.{token.split('.', 1)[1]}",
    "deep claims": lambda token, _: f"{token.split('.')[0]}.{segment(DEEP)}.x",
    "NUL bytes": lambda token, _: token.replace(".", ".\0", 1),
    "iss is a list": lambda token, issuer: f"{token.split('.')[0]}.{segment({'iss': [issuer.url]})}.x",
    "iss is a number": lambda token, _: f"{token.split('.')[0]}.{segment({'iss': 7})}.x",
    "twice": lambda token, _: f"{token}.{token}",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_is_refused(rule, pipelines, exchange, issuer, forge):  # noqa: F811
    refused = exchange(forge(pipelines(), issuer))

    assert refused.status_code in (400, 403)
    assert PublisherToken.objects.count() == 0
    assert exchange(pipelines()).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "/"},
        {"nbf": NOW + 3600},
        {"iat": NOW + 3600},
        {"exp": MANY},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": [NOW + 300]},
        {"exp": True},
        {"iat": -(10**30)},
        {"aud": []},
        {"aud": {"quartet": True}},
        {"aud": [7, "other"]},
        {"jti": 7},
        {"jti": "a\ud800"},
        {"jti": "j" * 5000},
        {"sub": ["acme"]},
        {"repository": ["acme/tide"]},
        {"repository": "acme/tide\0"},
        {"repository_id": 1234},
        {"repository_id": "1\0"},
        {"repository_id": "1" * 41},
        {"job_workflow_ref": {}},
        {"job_workflow_ref": "acme/tide/.github/workflows/../release.yml@refs/heads/main"},
        {"job_workflow_ref": "acme/tide/.github/workflows/release.yml\n@refs/heads/main"},
        {"environment": ["release"]},
        {"environment": "release\0"},
        {"run_id": "1\0"},
        {"sha": "c\ud800"},
    ],
)
def test_claims_that_no_provider_writes_are_refused(rule, pipelines, exchange, changes):  # noqa: F811
    refused = exchange(pipelines(**changes))

    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/pipeline-token-refused")
    assert PublisherToken.objects.count() == 0


def test_times_that_are_written_as_texts_are_times(rule, pipelines, exchange):  # noqa: F811
    assert exchange(pipelines(exp=str(NOW + 300), iat=str(NOW))).status_code == 201
    assert exchange(pipelines(exp=str(NOW + 90_000), iat=str(NOW))).status_code == 403


@pytest.fixture
def provider(pipelines, monkeypatch, settings):  # noqa: F811
    """An issuer of its own, which answers with what the test says."""
    # Over the one of `pipelines`, which looks nothing up.
    monkeypatch.setattr(pipeline_tokens, "_key_address", KEY_ADDRESS)
    server = HostileEdge("http://127.0.0.1:1")
    settings.UPDATES_PIPELINE_ISSUERS = (*settings.UPDATES_PIPELINE_ISSUERS, server.url)
    yield server
    server.stop()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"jwks_uri": null}',
        b'{"jwks_uri": "https://mallory.example/keys"}',
        b'{"jwks_uri": "http://["}',
        b'{"jwks_uri": "file:///etc/passwd"}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
def test_a_provider_without_its_own_keys_is_told_as_away(
    rule,  # noqa: F811
    pipelines,  # noqa: F811
    exchange,  # noqa: F811
    provider,
    document,
):
    provider.answers["/.well-known/openid-configuration"] = document

    answer = exchange(pipelines(iss=provider.url))

    assert answer.status_code == 503
    assert provider.asked == ["/.well-known/openid-configuration"]
    assert PublisherToken.objects.count() == 0


def test_a_provider_whose_keys_are_its_own_is_believed(rule, pipelines, exchange, provider, issuer):  # noqa: F811
    found = json.dumps({"jwks_uri": f"{provider.url}/keys"}).encode()
    provider.answers["/.well-known/openid-configuration"] = found
    provider.answers["/keys"] = json.dumps({"keys": [issuer.public_jwk()]}).encode()

    answer = exchange(pipelines(iss=provider.url))

    # Believed; but the rule is about another issuer.
    assert answer.status_code == 403
    assert "No publisher that tide trusts fits" in answer.json()["detail"]
