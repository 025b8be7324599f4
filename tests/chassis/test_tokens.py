"""Attacks on the access token, one each; RFC 8725 names most of them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chassis import tokens
from tests.api_client import ApiClient
from tests.issuer import KEY_ID, Issuer

pytestmark = pytest.mark.urls("tests.chassis.urls")

WHO = "/api/test/who"
SCOPE = "todos/read todos/write"
Forge = Callable[[Issuer], str]


def _segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _good_claims(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    claims = {**issuer.claims("alice", client_id="todos-web", scope=SCOPE), **changes}
    return {name: value for name, value in claims.items() if value is not None}


def _changed(**changes: Any) -> Forge:
    """A token with other claims, properly signed."""
    return lambda issuer: _signed_as_is(issuer, _good_claims(issuer, **changes))


def _signed_as_is(issuer: Issuer, claims: dict[str, Any]) -> str:
    """Signed without the checks by which the library keeps an issuer from odd claims."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), issuer.key, "RS256", {"kid": KEY_ID})


def _with_header(**header: Any) -> Forge:
    """A token with further header members, properly signed."""
    return lambda issuer: issuer.sign(_good_claims(issuer), **header)


def _unsigned(issuer: Issuer) -> str:
    return f"{_segment({'alg': 'none', 'kid': KEY_ID})}.{_segment(_good_claims(issuer))}."


def _unsigned_in_odd_case(issuer: Issuer) -> str:
    return f"{_segment({'alg': 'nOnE', 'kid': KEY_ID})}.{_segment(_good_claims(issuer))}."


def _without_signature(issuer: Issuer) -> str:
    return issuer.sign(_good_claims(issuer)).rpartition(".")[0] + "."


def _public_key_as_secret(encoding: serialization.Encoding) -> Forge:
    """HS256 keyed with the issuer's public key: a verifier that lets the header choose would accept it."""

    def forge(issuer: Issuer) -> str:
        import hashlib
        import hmac

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        secret = issuer.key.public_key().public_bytes(encoding, form)
        signed = f"{_segment({'alg': 'HS256', 'kid': KEY_ID})}.{_segment(_good_claims(issuer))}"
        return f"{signed}.{_segment(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    return forge


def _foreign_key(issuer: Issuer) -> str:
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return issuer.sign(_good_claims(issuer), key=foreign)


def _embedded_key(issuer: Issuer) -> str:
    """Signed with a foreign key, which the header itself carries as `jwk`."""
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(foreign.public_key()))
    return issuer.sign(_good_claims(issuer), key=foreign, jwk={**public, "kid": KEY_ID})


def _linked_key(issuer: Issuer) -> str:
    """Signed with a foreign key, which `jku` and `x5u` of the header offer."""
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    address = f"{issuer.url}/evil.json"
    return issuer.sign(_good_claims(issuer), key=foreign, jku=address, x5u=address)


def _changed_after_signing(issuer: Issuer) -> str:
    header, _, signature = issuer.sign(_good_claims(issuer)).split(".")
    return f"{header}.{_segment(_good_claims(issuer, sub='mallory'))}.{signature}"


def _header(**header: Any) -> Forge:
    return lambda issuer: f"{_segment(header)}.{_segment(_good_claims(issuer))}.{_segment(b'x')}"


def _deep_header(issuer: Issuer) -> str:
    header = b'{"a":' + b"[" * 5000
    return f"{_segment(header)}.e30.x"


def _text(token: str) -> Forge:
    return lambda _: token


HOUR = 3600
ATTACKS: dict[str, Forge] = {
    "expired": _changed(exp=int(time.time()) - 60),
    "not yet valid": _changed(nbf=int(time.time()) + HOUR),
    "issued in the future": _changed(iat=int(time.time()) + HOUR),
    "without exp": _changed(exp=None),
    "exp is text": _changed(exp="tomorrow"),
    "exp is infinite": _changed(exp=float("inf")),
    "exp is no number": _changed(exp=float("nan")),
    "exp is a list": _changed(exp=[int(time.time()) + 3600]),
    "iat is text": _changed(iat="now"),
    "nbf is text": _changed(nbf="now"),
    "without iss": _changed(iss=None),
    "another issuer": _changed(iss="https://evil.example"),
    "the issuer with a slash": lambda issuer: issuer.sign(_good_claims(issuer, iss=issuer.url + "/")),
    "issuer is a list": lambda issuer: _signed_as_is(issuer, _good_claims(issuer, iss=[issuer.url])),
    "claims are a list": lambda issuer: _signed_as_is(issuer, [_good_claims(issuer)]),  # type: ignore[arg-type]
    "another audience": _changed(aud="https://elsewhere.example"),
    "a list of other audiences": _changed(aud=["a", "b"]),
    "audience is an object": _changed(aud={"quartet": True}),
    "an empty list of audiences": _changed(aud=[]),
    "an id token": _changed(token_use="id", aud="todos-web"),
    "without token_use": _changed(token_use=None),
    "token_use is a list": _changed(token_use=["access"]),
    "unsigned (alg none)": _unsigned,
    "unsigned (alg nOnE)": _unsigned_in_odd_case,
    "signature cut off": _without_signature,
    "HS256 with the public key (PEM)": _public_key_as_secret(serialization.Encoding.PEM),
    "HS256 with the public key (DER)": _public_key_as_secret(serialization.Encoding.DER),
    "RS256 by another key under our kid": _foreign_key,
    "jwk in the header": _embedded_key,
    "jku and x5u in the header": _linked_key,
    "claims changed after signing": _changed_after_signing,
    "RS512": lambda issuer: issuer.sign(_good_claims(issuer), algorithm="RS512"),
    "PS256": lambda issuer: issuer.sign(_good_claims(issuer), algorithm="PS256"),
    "a kid that nobody published": _with_header(kid="another-key"),
    "kid is empty": _with_header(kid=""),
    "kid is a path": _with_header(kid="../../../dev/null"),
    "without kid": _header(alg="RS256"),
    "kid is a list": _header(alg="RS256", kid=[KEY_ID]),
    "kid is null": _header(alg="RS256", kid=None),
    "alg is a list": _header(alg=["RS256"], kid=KEY_ID),
    "alg is missing": _header(kid=KEY_ID),
    "critical extension": _with_header(crit=["exp"]),
    "unencoded payload (b64)": _with_header(b64=False, crit=["b64"]),
    "type of another kind": _with_header(typ="secevent+jwt"),
    "type of a logout token": _with_header(typ="logout+jwt"),
    "without client_id": _changed(client_id=None),
    "client_id is a list": _changed(client_id=["todos-web"]),
    "a client that is not known": _changed(client_id="evil-app"),
    "without sub": _changed(sub=None),
    "sub is empty": _changed(sub=""),
    "sub is a number": _changed(sub=7),
    "sub is the client itself": _changed(sub="todos-web"),
    "sub is a service": _changed(sub="service-todos"),
    "sub climbs out of its folder": _changed(sub="../bob"),
    "sub has a slash": _changed(sub="alice/bob"),
    "sub is a pattern": _changed(sub="*"),
    "sub ends in a line break": _changed(sub="alice\n"),
    "sub is Cyrillic": _changed(sub="аlice"),
    "sub is too long": _changed(sub="a" * 129),
    "scope is a list": _changed(scope=["todos/read"]),
    "scope is a number": _changed(scope=1),
    "empty": _text(""),
    "one segment": _text("abc"),
    "two dots": _text(".."),
    "four segments": _text("e30.e30.e30.e30"),
    "header is no JSON": _text(f"{_segment(b'{')}.e30.x"),
    "header is a list": _text(f"{_segment([])}.e30.x"),
    "header is not UTF-8": _text(f"{_segment(bytes([0xFF, 0xFE]))}.e30.x"),
    "header is nested 5000 deep": _deep_header,
    "not base64": _text("a!b.c$d.e"),
    "100 kB": lambda issuer: issuer.sign(_good_claims(issuer, padding="x" * 100_000)),
}


@pytest.mark.parametrize("forge", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_forged_token_is_refused_with_a_challenge(issuer: Issuer, forge: Forge) -> None:
    mallory = ApiClient(forge(issuer))

    response = mallory.get(WHO)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("/problems/invalid-token")
    assert response["WWW-Authenticate"].startswith('Bearer realm="quartet", error="invalid_token", ')
    assert ApiClient(issuer.token("alice")).get(WHO).status_code == 200


@pytest.mark.parametrize(("claim", "seconds"), [("exp", 0), ("nbf", 60), ("iat", 60)])
def test_a_good_token_is_accepted_within_the_clock_skew(
    issuer: Issuer, settings: Any, claim: str, seconds: int
) -> None:
    settings.OIDC_CLOCK_SKEW_SECONDS = 120
    alice = ApiClient(_changed(**{claim: int(time.time()) + seconds})(issuer))

    response = alice.get(WHO)

    assert response.status_code == 200
    assert response.json()["subject"] == "alice"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_the_types_of_access_tokens_are_accepted(issuer: Issuer, typ: str) -> None:
    alice = ApiClient(issuer.sign(_good_claims(issuer), typ=typ))

    assert alice.get(WHO).status_code == 200


@pytest.mark.parametrize("audience", ["https://quartet.example", ["other", "https://quartet.example"]])
def test_a_configured_audience_is_accepted(issuer: Issuer, settings: Any, audience: object) -> None:
    settings.OIDC_AUDIENCES = ("https://quartet.example",)
    alice = ApiClient(issuer.sign(_good_claims(issuer, aud=audience)))

    assert alice.get(WHO).status_code == 200


def test_keys_are_fetched_once_for_many_requests(issuer: Issuer) -> None:
    before = issuer.jwks_requests
    alice = ApiClient(issuer.token("alice"))

    statuses = [alice.get(WHO).status_code for _ in range(20)]

    assert statuses == [200] * 20
    assert issuer.jwks_requests - before == 1


def test_a_flood_of_unknown_keys_does_not_become_a_flood_of_fetches(issuer: Issuer) -> None:
    ApiClient(issuer.token("alice")).get(WHO)
    before = issuer.jwks_requests

    statuses = [
        ApiClient(issuer.sign(_good_claims(issuer), kid=f"unknown-{number}")).get(WHO).status_code
        for number in range(50)
    ]

    assert statuses == [401] * 50
    assert issuer.jwks_requests == before


def test_a_rotated_key_is_found_after_the_shortest_interval(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ApiClient(issuer.token("alice")).get(WHO)
    monkeypatch.setattr(issuer, "key", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    monkeypatch.setattr("tests.issuer.KEY_ID", "rotated-key")
    too_early = ApiClient(issuer.sign(_good_claims(issuer), kid="rotated-key")).get(WHO).status_code
    later = time.monotonic() + tokens.REFRESH_SECONDS_LEAST + 1
    monkeypatch.setattr("chassis.tokens.time.monotonic", lambda: later)

    response = ApiClient(issuer.sign(_good_claims(issuer), kid="rotated-key")).get(WHO)

    assert too_early == 401
    assert response.status_code == 200


def test_known_keys_keep_working_while_the_issuer_is_down(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = ApiClient(issuer.token("alice"))
    alice.get(WHO)
    issuer.is_down = True
    a_day_later = time.monotonic() + 24 * 3600
    monkeypatch.setattr("chassis.tokens.time.monotonic", lambda: a_day_later)

    response = alice.get(WHO)

    assert response.status_code == 200


def test_an_issuer_that_never_answered_is_503_and_not_the_clients_fault(issuer: Issuer) -> None:
    issuer.is_down = True

    response = ApiClient(issuer.token("alice")).get(WHO)

    assert response.status_code == 503
    assert response.json()["type"].endswith("/problems/unavailable")
    assert int(response["Retry-After"]) >= 1


def test_a_flood_while_the_issuer_is_down_does_not_become_a_flood_of_fetches(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fail(url: str) -> dict[str, Any]:
        fetched.append(url)
        raise OSError

    monkeypatch.setattr(tokens, "_fetch_json", fail)

    statuses = {ApiClient(issuer.token("alice")).get(WHO).status_code for _ in range(20)}

    assert statuses == {503}
    assert len(fetched) == 1


ODD_KEY_SETS: dict[str, Any] = {
    "no keys": {},
    "keys is null": {"keys": None},
    "keys is an object": {"keys": {"kid": "x"}},
    "a key is a text": {"keys": ["x"]},
    "a key without numbers": {"keys": [{"kty": "RSA", "kid": KEY_ID, "use": "sig"}]},
    "a key of another kind": {"keys": [{"kty": "oct", "kid": KEY_ID, "k": "AAAA", "alg": "HS256"}]},
    "a list": [],
}


@pytest.mark.parametrize("document", ODD_KEY_SETS.values(), ids=ODD_KEY_SETS.keys())
def test_a_broken_key_set_is_503_and_is_never_believed(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, document: Any
) -> None:
    monkeypatch.setattr(issuer, "jwks", document)

    response = ApiClient(issuer.token("alice")).get(WHO)

    assert response.status_code == 503


def test_a_broken_key_beside_a_good_one_does_no_harm(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"}
    monkeypatch.setattr(issuer, "jwks", {"keys": [broken, issuer.public_jwk()]})

    response = ApiClient(issuer.token("alice")).get(WHO)

    assert response.status_code == 200


def test_a_broken_key_set_does_not_push_out_known_keys(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = ApiClient(issuer.token("alice"))
    alice.get(WHO)
    monkeypatch.setattr(issuer, "jwks", {"keys": []})
    a_day_later = time.monotonic() + 24 * 3600
    monkeypatch.setattr("chassis.tokens.time.monotonic", lambda: a_day_later)

    response = alice.get(WHO)

    assert response.status_code == 200


def test_an_encryption_key_of_the_issuer_verifies_nothing(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key()))
    encryption = {**public, "kid": "for-encryption", "use": "enc"}
    monkeypatch.setattr(issuer, "jwks", {"keys": [issuer.public_jwk(), encryption]})

    response = ApiClient(issuer.sign(_good_claims(issuer), key=other, kid="for-encryption")).get(WHO)

    assert response.status_code == 401
