"""Every address of the API declares whom it lets in, and lets in nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from rest_framework.views import APIView

from chassis.auth import required_scopes_of
from tests.api_client import ApiClient
from tests.issuer import Issuer

# Addresses that need no token, each with the reason.
FOR_ANYONE = {
    "GET api/todos/v1/calendar/<str:secret>.ics": "the address is a secret",
    "GET api/accounts/v1/profiles": "a profile that its owner made public, by subject",
    "GET api/accounts/v1/profiles/<uuid:profile_id>": "a profile that its owner made public, by id",
    "GET api/updates/v1/manifests/<slug:product>/<slug:channel>": "what everybody reads at the edge",
    "GET api/blog/v1/search": "what everybody may read, by its words",
    "GET api/updates/v1/publishing/audience": "which audience a pipeline's token must be for",
    "POST api/updates/v1/publishing/token": "a pipeline's token, which the issuer signed, is what lets in",
    "POST api/blog/v1/subscriptions": "readers have no account; nothing is told, and a mail asks the owner",
}


@dataclass(frozen=True)
class Door:
    """One method of one address."""

    method: str
    route: str
    path: str
    view: type[APIView]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def audience(self) -> str:
        """Whom the view lets in."""
        return getattr(self.view, "audience", "user")


def _walk(
    resolver: URLResolver, prefix: str, converters: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        known = {**converters, **getattr(entry.pattern, "converters", {})}
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route, known)
        elif isinstance(entry, URLPattern):
            yield route, known, entry.callback


def _example(converter: Any) -> str:
    if isinstance(converter, UUIDConverter):
        return str(uuid.UUID(int=7))
    return "1" if isinstance(converter, IntConverter) else "example"


def _path(route: str, converters: dict[str, Any]) -> str:
    for argument, converter in converters.items():
        kind = next(part for part in route.split("<")[1:] if part.split(">")[0].split(":")[-1] == argument)
        route = route.replace(f"<{kind.split('>')[0]}>", _example(converter))
    return f"/{route}"


def _doors() -> list[Door]:
    doors = []
    for route, converters, callback in _walk(get_resolver(), "", {}):
        view = getattr(callback, "cls", None)
        if isinstance(view, type) and issubclass(view, APIView):
            methods = [method.upper() for method in view.http_method_names if hasattr(view, method)]
            doors += [
                Door(method, route, _path(route, converters), view)
                for method in methods
                if method != "OPTIONS"
            ]
    return doors


DOORS = _doors()
CLOSED_DOORS = [door for door in DOORS if door.audience != "anyone"]
pytestmark = pytest.mark.django_db


def _everything_of(kind: str, issuer: Issuer) -> ApiClient:
    """A client with every scope that a user's, or a service's, token can hold."""
    if kind == "user":
        # In no staff group, by a client that is made for staff.
        scopes = " ".join(sorted(settings.OIDC_USER_CLIENTS["quartet-tour"]))
        return ApiClient(issuer.token("mallory", client_id="quartet-tour", scope=scopes))
    held = frozenset[str]().union(*settings.OIDC_SERVICE_CLIENTS.values())
    client_id = next(iter(settings.OIDC_SERVICE_CLIENTS))
    return ApiClient(issuer.token(client_id, client_id=client_id, scope=" ".join(held)))


def test_the_map_shows_the_services_doors() -> None:
    services = {door.route.split("/")[1] for door in DOORS if door.route.startswith("api/")}

    assert services == set(settings.SERVICES)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_every_door_declares_whom_it_lets_in(door: Door) -> None:
    assert door.audience in ("user", "staff", "service", "anyone")
    assert door.audience == "anyone" or required_scopes_of(door.view, door.method)


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_door_for_anyone_is_listed_with_its_reason(door: Door) -> None:
    is_for_anyone = door.audience == "anyone"

    assert is_for_anyone == (str(door) in FOR_ANYONE)


@pytest.mark.parametrize("door", CLOSED_DOORS, ids=str)
def test_a_door_is_401_without_a_token(issuer: Issuer, door: Door) -> None:
    response = ApiClient().request(door.method, door.path, {})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("door", CLOSED_DOORS, ids=str)
def test_a_door_is_closed_to_the_other_kind_of_caller(issuer: Issuer, door: Door) -> None:
    other = {"user": "service", "staff": "user", "service": "user"}[door.audience]

    response = _everything_of(other, issuer).request(door.method, door.path, {})

    assert response.status_code == 403
    assert response.json()["type"].endswith("/problems/insufficient-scope")
    assert "only" in response.json()["detail"]


@pytest.mark.parametrize("door", CLOSED_DOORS, ids=str)
def test_a_door_is_closed_without_its_scope(issuer: Issuer, door: Door) -> None:
    is_service = door.audience == "service"
    client_id = next(iter(settings.OIDC_SERVICE_CLIENTS)) if is_service else "todos-web"
    subject = client_id if is_service else "alice"
    groups = {"cognito:groups": ["editors"]} if door.audience == "staff" else {}
    # A scope of a known service that no client may hold leaves none.
    alice = ApiClient(issuer.token(subject, client_id=client_id, scope="accounts/nothing", **groups))

    response = alice.request(door.method, door.path, {})

    assert response.status_code == 403


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_user_scopes_are_ones_that_a_user_can_hold(door: Door) -> None:
    clients = settings.OIDC_SERVICE_CLIENTS if door.audience == "service" else settings.OIDC_USER_CLIENTS
    holdable = frozenset[str]().union(*clients.values())

    assert (required_scopes_of(door.view, door.method) or frozenset()) <= holdable


@pytest.mark.parametrize("door", [door for door in DOORS if "/internal/" in door.route], ids=str)
def test_internal_addresses_are_for_services(door: Door) -> None:
    assert door.audience == "service"
