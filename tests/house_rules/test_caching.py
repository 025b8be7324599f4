"""Nothing personal is ever cacheable: every address that can be read is read, as nobody and as everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver

from tests.api_client import ApiClient
from tests.house_rules.test_doors import _path, _walk
from tests.issuer import Issuer

# Addresses whose answer is the same for all, which a shared cache may keep, each with the reason.
SHARED = {
    "api/blog/v1/search": "what is public, by its words",
    "blog/search": "the same as a page",
    "api/updates/v1/manifests/<slug:product>/<slug:channel>": "what everybody reads at the edge",
    **{f"api/{service}/v1/schema/": "the document of the API" for service in settings.SERVICES},
}
# Answers that hold nothing of anybody: the documents of the API, pages about errors, names of texts.
IMPERSONAL = ("docs/", "problems/", "health/", "static/", "admin/jsi18n/")
ASKED = "?q=boats"
pytestmark = pytest.mark.django_db


def _routes() -> list[tuple[str, str]]:
    found = []
    for route, converters, _callback in _walk(get_resolver(), "", {}):
        if "(?P" not in route and "^" not in route:
            found.append((route, _path(route, converters)))
    return found


ROUTES = _routes()


def _is_shared(answer: Any) -> bool:
    """Whether a cache between us and the reader may keep it."""
    rules = {part.strip().split("=")[0] for part in answer.get("Cache-Control", "").lower().split(",")}
    return bool(rules & {"public", "s-maxage"}) or not rules & {"private", "no-store"}


@pytest.fixture
def readers(issuer: Issuer) -> list[Any]:
    """Nobody, alice, staff with a token, and a superuser with a session."""
    staff = issuer.token(
        "ada",
        client_id="quartet-tour",
        scope=settings.STAFF_SCOPES,
        **{settings.OIDC_GROUPS_CLAIM: ["admins"]},
    )
    scopes = " ".join(sorted(settings.OIDC_USER_CLIENTS["quartet-tour"]))
    alice = issuer.token("alice", client_id="quartet-tour", scope=scopes)
    session = Client(raise_request_exception=False)
    session.force_login(User.objects.create_superuser("ada"))
    return [Client(), ApiClient(alice), ApiClient(staff), session]


def test_the_map_is_not_empty() -> None:
    assert len(ROUTES) > 100
    assert set(SHARED) <= {route for route, _ in ROUTES}


def test_only_what_is_the_same_for_all_is_kept_by_shared_caches(
    readers: list[Any], object_store: Any
) -> None:
    kept = set()
    for route, path in ROUTES:
        if route.startswith(IMPERSONAL):
            continue
        for reader in readers:
            answer = reader.get(path + ASKED)
            assert answer.status_code != 500, path
            if _is_shared(answer):
                kept.add(route)

    assert kept - set(SHARED) == set()


@pytest.mark.parametrize("route", sorted(SHARED))
def test_what_is_shared_is_the_same_for_all_and_carries_no_cookie(route: str, readers: list[Any]) -> None:
    path = dict(ROUTES)[route] + ASKED

    answers = [reader.get(path) for reader in readers]

    assert len({answer.content for answer in answers if answer.status_code == 200}) <= 1
    assert len({answer.status_code for answer in answers}) == 1
    for answer in answers:
        assert not answer.cookies
        assert (
            not {"cookie", "authorization"}
            & {part.strip().lower() for part in answer.get("Vary", "").split(",")}
            or answer.status_code != 200
        )
