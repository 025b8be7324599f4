"""Who gets in where: users, services, scopes, odd Authorization headers, staff sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from chassis.auth import validate_subject
from chassis.errors import InvalidInput
from tests.api_client import ApiClient
from tests.issuer import Issuer

pytestmark = pytest.mark.urls("tests.chassis.urls")

WHO = "/api/test/who"
ALL_OF_TODOS_WEB = ["accounts/folder", "accounts/read", "accounts/write", "todos/read", "todos/write"]
MakeClient = Callable[..., ApiClient]


def test_a_user_is_known_by_subject_scopes_and_groups(client_of: MakeClient) -> None:
    alice = client_of("alice", scope="todos/read openid", **{"cognito:groups": ["editors"]})

    response = alice.get(WHO)

    assert response.json() == {
        "subject": "alice",
        "client_id": "todos-web",
        "scopes": ["todos/read"],
        "groups": ["editors"],
        "is_service": False,
    }


@pytest.mark.parametrize("groups", ["editors", {"editors": 1}, 7, [["editors"]]])
def test_groups_that_are_no_list_of_names_give_none(client_of: MakeClient, groups: Any) -> None:
    alice = client_of("alice", scope="todos/read", **{"cognito:groups": groups})

    assert alice.get(WHO).json()["groups"] == []


def test_a_token_without_scopes_of_ours_gets_those_of_its_client(client_of: MakeClient) -> None:
    alice = client_of("alice", scope="aws.cognito.signin.user.admin")

    assert alice.get(WHO).json()["scopes"] == ALL_OF_TODOS_WEB


def test_a_token_without_any_scope_gets_those_of_its_client(client_of: MakeClient) -> None:
    alice = client_of("alice", scope=None)

    assert alice.get(WHO).json()["scopes"] == ALL_OF_TODOS_WEB


def test_a_narrowed_token_stays_narrow(client_of: MakeClient) -> None:
    alice = client_of("alice", scope="accounts/read")

    response = alice.get(WHO)

    assert response.status_code == 403
    assert response.json()["type"].endswith("/problems/insufficient-scope")
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
    assert "todos/read" in response.json()["detail"]
    assert client_of("alice", scope="todos/read").get(WHO).status_code == 200


def test_a_user_gets_no_scope_that_its_client_may_not_hold(client_of: MakeClient) -> None:
    alice = client_of("alice", scope="todos/read todos/erase accounts/attach")

    assert alice.get(WHO).json()["scopes"] == ["todos/read"]


def test_only_foreign_scopes_of_a_known_service_give_nothing(client_of: MakeClient) -> None:
    alice = client_of("alice", scope="todos/erase")

    assert alice.get(WHO).status_code == 403


def test_a_service_is_let_in_where_services_are_meant(service_client: MakeClient) -> None:
    todos = service_client("service-todos", scope="accounts/attach")

    response = todos.get("/api/test/service")

    assert response.status_code == 200
    assert response.json()["is_service"] is True
    assert response.json()["subject"] == "service-todos"


def test_a_service_token_without_sub_is_a_service(issuer: Issuer) -> None:
    claims = issuer.claims(None, client_id="service-todos", scope="accounts/attach")

    response = ApiClient(issuer.sign(claims)).get("/api/test/service")

    assert response.json()["subject"] == "service-todos"


def test_a_service_is_refused_where_users_are_meant(service_client: MakeClient) -> None:
    todos = service_client("service-todos", scope="accounts/attach todos/read")

    response = todos.get(WHO)

    assert response.status_code == 403
    assert response.json()["detail"] == "This address is for users only."


def test_a_user_is_refused_where_services_are_meant(client_of: MakeClient) -> None:
    mallory = client_of("mallory", scope="accounts/attach todos/read")

    response = mallory.get("/api/test/service")

    assert response.status_code == 403
    assert response.json()["detail"] == "This address is for services only."


STAFF = "/api/test/staff"
STAFF_TOKEN = {"client_id": "quartet-tour", "scope": "blog/write"}


@pytest.mark.parametrize("group", ["editors", "admins"])
def test_a_staff_member_is_let_in_where_staff_is_meant(client_of: MakeClient, group: str) -> None:
    edith = client_of("edith", **STAFF_TOKEN, **{"cognito:groups": [group]})

    assert edith.get(STAFF).status_code == 200


@pytest.mark.parametrize("groups", [[], ["readers"], "editors", None])
def test_who_is_in_no_staff_group_is_refused_where_staff_is_meant(client_of: MakeClient, groups: Any) -> None:
    mallory = client_of("mallory", **STAFF_TOKEN, **{"cognito:groups": groups})

    response = mallory.get(STAFF)

    assert response.status_code == 403
    assert response.json()["detail"] == "This address is for staff only."


def test_a_staff_member_by_a_client_without_the_scope_is_refused(client_of: MakeClient) -> None:
    edith = client_of("edith", client_id="todos-web", scope="", **{"cognito:groups": ["editors"]})

    assert edith.get(STAFF).status_code == 403


def test_a_service_is_refused_where_staff_is_meant(service_client: MakeClient) -> None:
    claims = {"cognito:groups": ["editors"]}
    updates = service_client("service-updates", scope="blog/announce blog/write", **claims)

    assert updates.get(STAFF).status_code == 403


def test_a_service_without_the_scope_is_refused(service_client: MakeClient) -> None:
    todos = service_client("service-todos", scope="")

    assert todos.get("/api/test/service").status_code == 403


def test_a_service_gets_no_scope_of_another_service(service_client: MakeClient) -> None:
    accounts = service_client("service-accounts", scope="accounts/attach todos/erase")

    assert accounts.get("/api/test/service").status_code == 403


def test_a_services_token_that_speaks_for_a_user_is_not_believed(service_client: MakeClient) -> None:
    todos = service_client("service-todos", scope="accounts/attach", sub="alice")

    response = todos.get("/api/test/service")

    assert response.status_code == 401


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_view_that_declares_no_scope_is_closed_to_all(client_of: MakeClient, method: str) -> None:
    alice = client_of("alice")

    assert alice.request(method, "/api/test/closed").status_code == 403


def test_a_view_for_anyone_needs_no_token(anonymous: ApiClient) -> None:
    assert anonymous.get("/api/test/anyone").json() == {"subject": ""}


def test_a_bad_token_is_refused_even_where_none_is_needed(issuer: Issuer) -> None:
    assert ApiClient("forged").get("/api/test/anyone").status_code == 401


def test_no_token_is_401_with_a_plain_challenge(anonymous: ApiClient) -> None:
    response = anonymous.get(WHO)

    assert response.status_code == 401
    assert response.json()["type"].endswith("/problems/not-authenticated")
    # RFC 6750 §3.1: no error code where no credentials were sent.
    assert response["WWW-Authenticate"] == 'Bearer realm="quartet"'


def test_head_needs_the_scope_of_get(client_of: MakeClient) -> None:
    assert client_of("alice", scope="todos/read").request("HEAD", WHO).status_code == 200
    assert client_of("alice", scope="todos/write").request("HEAD", WHO).status_code == 403


@pytest.mark.parametrize("form", ["bearer {}", "BEARER {}", "Bearer  {}", "Bearer {} "])
def test_scheme_and_white_space_are_read_generously(issuer: Issuer, form: str) -> None:
    response = Client().get(WHO, headers={"Authorization": form.format(issuer.token("alice"))})

    assert response.status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        "Bearer",
        "Bearer ",
        "Bearer {0} {0}",
        "Bearer {0},Bearer {0}",  # how a server joins two headers
        "Bearer {0}, Basic YTpi",
        'Bearer "{0}"',
        "Bearer t\u00f6ken",
        "Bearer \u2603".encode().decode("latin-1"),
        "Bearer {0}\u00e9",
        "Bearer {0}\x00",
        "Bearer\t{0}",
        "Basic YWxpY2U6c2VjcmV0",
        "Token {0}",
        "{0}",
        "",
    ],
)
def test_an_odd_authorization_header_is_401_never_500(issuer: Issuer, form: str) -> None:
    header = form.format(issuer.token("alice"))

    response = Client().get(WHO, HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_a_token_in_the_address_is_not_read(issuer: Issuer) -> None:
    assert Client().get(WHO, {"access_token": issuer.token("alice")}).status_code == 401


@pytest.mark.parametrize("subject", ["a", "a-b_9", "0" * 128, "0a4b1c9e-5a43-4ad6-9e0f-0d2e4d1b7a11"])
def test_names_are_subjects(subject: str) -> None:
    assert validate_subject(subject) == subject


@pytest.mark.parametrize(
    "subject",
    ["", "A", "aB", "-a", "_a", "a" * 129, "a/b", "a b", "a*", "a\n", "ä", "..", "a.b", None, 7, b"a", "a\0"],
)
def test_what_could_be_read_as_more_than_a_name_is_no_subject(subject: object) -> None:
    with pytest.raises(InvalidInput):
        validate_subject(subject)


def test_a_staff_session_reads_the_browsable_api(issuer: Issuer, admin_client: Client) -> None:
    response = admin_client.get(WHO)

    assert response.status_code == 200
    assert response.json()["client_id"] == "staff-session"


def test_a_staff_session_writes_only_with_the_csrf_token(issuer: Issuer, admin_user: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)

    response = browser.post("/api/test/echo", {"title": "x"}, content_type="application/json")

    assert response.status_code == 403
    assert response.json()["type"].endswith("/problems/csrf-failed")


def test_a_session_of_somebody_who_is_no_staff_is_nobody(issuer: Issuer, django_user_model: Any) -> None:
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("reader"))

    assert browser.get(WHO).status_code == 401


def test_a_bearer_token_needs_no_user_table(
    client_of: MakeClient, django_assert_num_queries: Any, db: None
) -> None:
    alice = client_of("alice")

    with django_assert_num_queries(0):
        response = alice.get(WHO)

    assert response.status_code == 200


@pytest.mark.django_db
def test_a_session_of_an_editor_opens_what_staff_may(issuer: Issuer, django_user_model: Any) -> None:
    edith = django_user_model.objects.create_user("edith", is_staff=True)
    edith.groups.add(Group.objects.create(name="editors"))
    browser = Client()
    browser.force_login(edith)

    response = browser.get(STAFF, headers={"Accept": "application/json"})

    assert response.status_code == 200
    assert response.json()["groups"] == ["editors"]


@pytest.mark.django_db
def test_a_session_of_staff_without_a_group_opens_nothing_of_staff(
    issuer: Issuer, django_user_model: Any
) -> None:
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("mallory", is_staff=True))

    response = browser.get(STAFF, headers={"Accept": "application/json"})

    assert response.status_code == 403
