"""todos → accounts: is this file in the user's folder? Both ends for real, in one process and in two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from chassis import services
from chassis.errors import Unavailable
from tests.api_client import ApiClient
from tests.contracts.service_processes import ServiceProcess
from tests.issuer import Issuer

TODOS = "/api/todos/v1/todos"
CHECK = "/api/accounts/v1/internal/attachments"


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """No token or circuit of another test."""
    services.close_clients()
    yield
    services.close_clients()


@pytest.fixture
def file_of_alice(object_store: Any) -> str:
    """A file in alice's folder."""
    from chassis.storage import s3_client

    s3_client().put_object(
        Bucket="quartet-users", Key="users/alice/photos/boat.jpg", Body=b"12345", ContentType="image/jpeg"
    )
    return "photos/boat.jpg"


# --- One process --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_in_one_process_a_file_of_ones_own_is_attached(
    client_of: Callable[..., ApiClient], file_of_alice: str
) -> None:
    alice = client_of("alice")
    todo = alice.post(TODOS, {"title": "Boat"}).json()

    response = alice.post(f"{TODOS}/{todo['id']}/attachments", {"key": file_of_alice})

    assert response.status_code == 201
    attached = response.json()["attachments"][0]
    assert (attached["name"], attached["size"], attached["content_type"]) == ("boat.jpg", 5, "image/jpeg")


@pytest.mark.django_db(transaction=True)
def test_in_one_process_a_file_of_another_is_not_there(
    client_of: Callable[..., ApiClient], file_of_alice: str
) -> None:
    mallory = client_of("mallory")
    todo = mallory.post(TODOS, {"title": "Boat"}).json()

    response = mallory.post(f"{TODOS}/{todo['id']}/attachments", {"key": file_of_alice})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/key"
    assert mallory.get(f"{TODOS}/{todo['id']}").json()["attachments"] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "key", ["../alice/photos/boat.jpg", "/photos/boat.jpg", "photos%2Fboat.jpg", "missing.txt"]
)
def test_in_one_process_a_key_that_is_none_is_named(
    client_of: Callable[..., ApiClient], file_of_alice: str, key: str
) -> None:
    alice = client_of("alice")
    todo = alice.post(TODOS, {"title": "Boat"}).json()

    response = alice.post(f"{TODOS}/{todo['id']}/attachments", {"key": key})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/key"


@pytest.mark.django_db(transaction=True)
def test_a_token_that_ran_out_while_the_function_was_frozen_is_renewed(
    client_of: Callable[..., ApiClient], file_of_alice: str, issuer: Issuer
) -> None:
    alice = client_of("alice")
    path = f"{TODOS}/{alice.post(TODOS, {'title': 'Boat'}).json()['id']}/attachments"
    assert alice.post(path, {"key": "missing.txt"}).status_code == 400
    # A clock that stood still says that it is young.
    old = issuer.token("service-todos", client_id="service-todos", scope="accounts/attach", exp=1, iat=0)
    services._tokens.update({key: replace(kept, value=old) for key, kept in services._tokens.items()})

    response = alice.post(path, {"key": file_of_alice})

    assert response.status_code == 201
    assert old not in {kept.value for kept in services._tokens.values()}


@pytest.mark.django_db(transaction=True)
def test_attaching_under_one_key_twice_is_once(
    client_of: Callable[..., ApiClient], file_of_alice: str
) -> None:
    alice = client_of("alice")
    todo = alice.post(TODOS, {"title": "Boat"}).json()
    path = f"{TODOS}/{todo['id']}/attachments"

    first = alice.post(path, {"key": file_of_alice}, idempotency_key="once")
    again = alice.post(path, {"key": file_of_alice}, idempotency_key="once")
    another = alice.post(path, {"key": file_of_alice})

    assert again.json() == first.json()
    assert len(another.json()["attachments"]) == 1


@pytest.mark.django_db
def test_a_users_token_does_not_open_the_internal_address(
    client_of: Callable[..., ApiClient], file_of_alice: str
) -> None:
    response = client_of("alice", scope="accounts/attach accounts/folder").post(
        CHECK, {"subject": "alice", "key": file_of_alice}
    )

    assert response.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/accounts/v1/me", "/api/accounts/v1/me/folder", TODOS])
def test_a_services_token_does_not_open_a_users_address(
    service_client: Callable[..., ApiClient], path: str
) -> None:
    assert service_client(scope="accounts/attach todos/read accounts/read").get(path).status_code == 403


@pytest.mark.django_db
def test_a_service_without_the_scope_is_refused(
    service_client: Callable[..., ApiClient], file_of_alice: str
) -> None:
    body = {"subject": "alice", "key": file_of_alice}

    assert service_client(scope="").post(CHECK, body).status_code == 403
    assert service_client().post(CHECK, body).status_code == 200


# --- Two processes ------------------------------------------------------------------------------


@pytest.fixture
def two_processes(issuer: Issuer, object_store: Any, tmp_path: Any) -> Iterator[tuple[Any, Any]]:
    """accounts and todos as processes of their own, each with its own database."""
    environment = {**object_store.environment(), **issuer.environment()}
    with (
        ServiceProcess("accounts", tmp_path / "accounts", environment) as accounts,
        ServiceProcess("todos", tmp_path / "todos", {**environment, "ACCOUNTS_URL": accounts.url}) as todos,
    ):
        yield accounts, todos


def test_in_two_processes_a_file_of_ones_own_is_attached(
    two_processes: tuple[Any, Any], issuer: Issuer, file_of_alice: str
) -> None:
    _, todos = two_processes
    alice = httpx.Client(base_url=todos.url, headers={"Authorization": f"Bearer {issuer.token('alice')}"})
    todo = alice.post(TODOS, json={"title": "Boat"}).json()

    attached = alice.post(f"{TODOS}/{todo['id']}/attachments", json={"key": file_of_alice})
    missing = alice.post(f"{TODOS}/{todo['id']}/attachments", json={"key": "missing.txt"})

    assert attached.status_code == 201
    assert attached.json()["attachments"][0]["name"] == "boat.jpg"
    assert missing.status_code == 400
    # Each process answers for its own service alone.
    assert alice.get("/api/accounts/v1/me").status_code == 404


def test_in_two_processes_a_stopped_accounts_is_told_and_todos_goes_on(
    two_processes: tuple[Any, Any], issuer: Issuer, file_of_alice: str
) -> None:
    accounts, todos = two_processes
    alice = httpx.Client(base_url=todos.url, headers={"Authorization": f"Bearer {issuer.token('alice')}"})
    todo = alice.post(TODOS, json={"title": "Boat"}).json()
    accounts.stop()

    attached = alice.post(f"{TODOS}/{todo['id']}/attachments", json={"key": file_of_alice})

    assert attached.status_code == 503
    assert attached.headers["Retry-After"].isdigit()
    assert attached.json()["type"].endswith("/unavailable")
    assert alice.get(f"{TODOS}/{todo['id']}").json()["attachments"] == []


def test_a_service_that_is_nowhere_is_unavailable(settings: Any) -> None:
    settings.SERVICES = ("todos",)

    with pytest.raises(Unavailable, match="ACCOUNTS_URL"):
        services.client("accounts", caller="todos")
