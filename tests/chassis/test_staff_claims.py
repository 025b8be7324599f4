"""Which id tokens staff are let in by, and which rights they give."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from chassis import staff
from chassis.models import StaffIdentity
from chassis.staff import NotStaff, StaffClaims, admit, principal_subject
from tests.identity_provider import answer_of
from tests.issuer import KEY_ID, Issuer

pytestmark = pytest.mark.django_db


class StaffIssuer(Issuer):
    """An issuer whose token endpoint answers what a test wants."""

    answer: dict[str, Any]

    def _answer_post(self, handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self._send(handler, 200, self.answer)

    def id_claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        """The claims of a good id token of an editor; a change to None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "edith",
            "aud": "quartet-admin",
            "nonce": nonce,
            "token_use": "id",
            "iat": now,
            "exp": now + 300,
            "cognito:groups": ["editors"],
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[StaffIssuer]:
    issuer = StaffIssuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def staff_issuer(running_issuer: StaffIssuer, settings: Any) -> StaffIssuer:
    """The settings trust it."""
    issuer = running_issuer
    settings.OIDC_ISSUER = issuer.url
    settings.OIDC_JWKS_URL = f"{issuer.url}/.well-known/jwks.json"
    settings.OIDC_TOKEN_URL = f"{issuer.url}/token"
    settings.OIDC_AUTHORIZATION_URL = f"{issuer.url}/authorize"
    settings.OIDC_STAFF_CLIENT_ID = "quartet-admin"
    settings.OIDC_STAFF_CLIENT_SECRET = "secret"
    return issuer


def sign_in(issuer: StaffIssuer, make_token: Any) -> tuple[Client, Any]:
    """Start, and come back with the token that `make_token` makes of the nonce."""
    client = Client()
    asked = answer_of(client.get("/admin/oidc/login"))
    issuer.answer = {
        "access_token": "opaque",
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": make_token(asked["nonce"]),
    }
    return client, client.get("/admin/oidc/callback", {"code": "any", "state": asked["state"]})


def test_a_good_id_token_opens_the_admin(staff_issuer):
    client, answer = sign_in(staff_issuer, lambda nonce: staff_issuer.sign(staff_issuer.id_claims(nonce)))

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of another request"},
        {"nonce": None},
        {"aud": "todos-web"},
        {"aud": ["todos-web", "quartet-tour"]},
        {"aud": ["quartet-admin", "todos-web"]},
        {"aud": ["quartet-admin", "todos-web"], "azp": "todos-web"},
        {"aud": None},
        {"iss": "https://mallory.example"},
        {"iss": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"sub": "../etc"},
        {"sub": ["edith"]},
        {"token_use": "access"},
        {"at_hash": "of another access token"},
    ],
)
def test_an_id_token_with_a_wrong_claim_is_refused(staff_issuer, changes):
    client, answer = sign_in(
        staff_issuer, lambda nonce: staff_issuer.sign(staff_issuer.id_claims(nonce, **changes))
    )

    assert answer.status_code == 400
    assert client.get("/admin/").status_code == 302
    assert not get_user_model().objects.exists()


def test_an_id_token_signed_by_another_key_is_refused(staff_issuer):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    client, answer = sign_in(
        staff_issuer, lambda nonce: staff_issuer.sign(staff_issuer.id_claims(nonce), key=other)
    )

    assert answer.status_code == 400
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_an_id_token_without_a_real_signature_is_refused(staff_issuer, algorithm):
    key: Any = "a shared secret of at least 32 bytes" if algorithm == "HS256" else None

    client, answer = sign_in(
        staff_issuer,
        lambda nonce: jwt.encode(
            staff_issuer.id_claims(nonce), key, algorithm=algorithm, headers={"kid": KEY_ID}
        ),
    )

    assert answer.status_code == 400
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("token", [None, "", "not.a.token", 7])
def test_an_answer_without_an_id_token_is_refused(staff_issuer, token):
    _, answer = sign_in(staff_issuer, lambda _: token)

    assert answer.status_code == 400


def test_a_provider_that_does_not_answer_is_no_error_of_ours(staff_issuer, settings):
    settings.OIDC_TOKEN_URL = "http://127.0.0.1:9/token"

    _, answer = sign_in(staff_issuer, lambda _: "")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "groups", [None, [], "admins", {"admins": 1}, [["admins"]], ["ADMINS"], ["administrators"]]
)
def test_only_the_very_group_names_open_the_admin(staff_issuer, groups):
    _, answer = sign_in(
        staff_issuer,
        lambda nonce: staff_issuer.sign(staff_issuer.id_claims(nonce, **{"cognito:groups": groups})),
    )

    assert answer.status_code == 403
    assert not get_user_model().objects.exists()


def test_the_groups_claim_has_the_name_of_the_settings(staff_issuer, settings):
    settings.OIDC_GROUPS_CLAIM = "roles"

    _, answer = sign_in(
        staff_issuer, lambda nonce: staff_issuer.sign(staff_issuer.id_claims(nonce, roles=["admins"]))
    )

    assert answer.status_code == 302
    assert get_user_model().objects.get().is_superuser


# --- Rights ----------------------------------------------------------------------------------


def claims(*groups: str, **changes: Any) -> StaffClaims:
    return StaffClaims(
        **{"issuer": "https://issuer", "subject": "edith", "groups": frozenset(groups), **changes}
    )


def test_an_editor_gets_the_permissions_of_the_editorial_apps_and_no_others(monkeypatch):
    monkeypatch.setattr(staff, "EDITORIAL_APPS", ("chassis",))

    user = admit(claims("editors"))

    expected = Permission.objects.filter(content_type__app_label="chassis")
    assert user.get_all_permissions() == {f"chassis.{permission.codename}" for permission in expected}
    assert user.get_all_permissions()


def test_editors_keep_the_blog_and_the_updates():
    assert staff.EDITORIAL_APPS == ("blog", "updates")


def test_editors_see_what_becomes_of_what_they_publish(db):
    user = admit(claims("editors"))

    assert user.has_perms(["chassis.view_publishjob", "chassis.change_publishjob"])
    assert not user.has_perm("chassis.view_publishedfile")


def test_losing_the_admins_group_leaves_an_editor():
    admit(claims("admins", "editors"))

    user = admit(claims("editors"))

    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_losing_all_groups_takes_all_rights():
    before = admit(claims("admins", "editors"))

    with pytest.raises(NotStaff):
        admit(claims("readers"))

    before.refresh_from_db()
    assert (before.is_staff, before.is_superuser, before.groups.count()) == (False, False, 0)


def test_a_user_switched_off_here_stays_out():
    user = admit(claims("admins"))
    user.is_active = False
    user.save()

    with pytest.raises(NotStaff):
        admit(claims("admins"))


def test_nobody_is_matched_by_an_e_mail_address():
    owner = get_user_model().objects.create_superuser("owner", email="owner@example.com", password="x")

    user = admit(claims("editors", email="owner@example.com"))

    assert user.pk != owner.pk
    assert not user.is_superuser


def test_nobody_is_matched_by_a_user_name():
    owner = get_user_model().objects.create_superuser("edith", password="x")

    user = admit(claims("editors"))

    owner.refresh_from_db()
    assert user.pk != owner.pk
    assert owner.is_superuser


def test_the_same_subject_of_another_issuer_is_somebody_else():
    first = admit(claims("editors"))

    second = admit(claims("editors", issuer="https://other"))

    assert first.pk != second.pk


def test_a_staff_member_speaks_in_the_api_as_at_the_issuer():
    user = admit(claims("editors"))

    assert principal_subject(user) == "edith"


def test_a_superuser_with_a_password_gets_a_subject_of_their_own_once():
    user = get_user_model().objects.create_superuser("first", password="x")

    subject = principal_subject(user)

    assert UUID(subject).version == 4
    assert principal_subject(get_user_model().objects.get(pk=user.pk)) == subject
    assert StaffIdentity.objects.get(user=user).issuer == "local"
