"""`Idempotency-Key`: one effect and one answer for a repeated request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from chassis.models import IdempotencyRecord
from tests.api_client import ApiClient
from tests.chassis.urls import GroupsView

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
GROUPS = "/api/test/groups"


@pytest.fixture(autouse=True)
def prepared() -> Iterator[list[str]]:
    """What was asked outside of the database."""
    GroupsView.prepared.clear()
    yield GroupsView.prepared
    GroupsView.prepared.clear()


def test_a_repeated_request_gets_the_first_answer(client_of: MakeClient) -> None:
    alice = client_of("alice")
    first = alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    again = alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Group.objects.count() == 1


def test_a_repeated_request_asks_nobody_again(client_of: MakeClient, prepared: list[str]) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert prepared == ["a"]


def test_without_a_key_each_request_counts(client_of: MakeClient) -> None:
    alice = client_of("alice")

    alice.post(GROUPS, {"name": "a"})
    alice.post(GROUPS, {"name": "b"})

    assert Group.objects.count() == 2
    assert not IdempotencyRecord.objects.exists()


def test_another_body_under_the_same_key_is_422(client_of: MakeClient) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    response = alice.post(GROUPS, {"name": "b"}, idempotency_key="k1")

    assert response.status_code == 422
    assert response.json()["type"].endswith("/problems/idempotency-key-reused")
    assert Group.objects.count() == 1
    assert alice.post(GROUPS, {"name": "b"}, idempotency_key="k2").status_code == 201


def test_another_address_under_the_same_key_is_422(client_of: MakeClient) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert alice.post(f"{GROUPS}?list=2", {"name": "a"}, idempotency_key="k1").status_code == 422


def test_the_key_of_another_subject_is_another_key(client_of: MakeClient) -> None:
    client_of("alice").post(GROUPS, {"name": "a"}, idempotency_key="k1")

    response = client_of("mallory").post(GROUPS, {"name": "b"}, idempotency_key="k1")

    assert response.status_code == 201
    assert response.json()["name"] == "b"


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "k" * 256, "a\tb", '"', '""', 'a"b', "a\\b"])
def test_an_odd_key_is_400_and_does_nothing(client_of: MakeClient, key: str) -> None:
    response = client_of("alice").post(GROUPS, {"name": "a"}, idempotency_key=key)

    assert response.status_code == 400
    assert not Group.objects.exists()


def test_a_key_with_and_without_quotes_is_the_same(client_of: MakeClient) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key='"k1"')

    response = alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert response["Idempotency-Replayed"] == "true"


def test_an_error_is_not_stored_and_leaves_no_row(client_of: MakeClient) -> None:
    alice = client_of("alice")

    response = alice.post(GROUPS, {"name": "refused"}, idempotency_key="k1")

    assert response.status_code == 409
    assert not Group.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    assert alice.post(GROUPS, {"name": "a"}, idempotency_key="k1").status_code == 201


def test_a_conflict_of_the_change_itself_is_not_taken_for_a_repetition(client_of: MakeClient) -> None:
    from django.db import IntegrityError

    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")

    with pytest.raises(IntegrityError):
        alice.post(GROUPS, {"name": "a"}, idempotency_key="k2")

    assert IdempotencyRecord.objects.count() == 1


def test_an_answer_is_forgotten_after_a_day(client_of: MakeClient, settings: Any) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")
    age = timedelta(hours=settings.IDEMPOTENCY_HOURS, seconds=1)
    IdempotencyRecord.objects.update(created_at=timezone.now() - age)

    response = alice.post(GROUPS, {"name": "b"}, idempotency_key="k1")

    assert response.status_code == 201
    assert response.json()["name"] == "b"


def test_an_answer_is_kept_for_almost_a_day(client_of: MakeClient, settings: Any) -> None:
    alice = client_of("alice")
    alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")
    age = timedelta(hours=settings.IDEMPOTENCY_HOURS, seconds=-60)
    IdempotencyRecord.objects.update(created_at=timezone.now() - age)

    assert "Idempotency-Replayed" in alice.post(GROUPS, {"name": "a"}, idempotency_key="k1")


def test_change_and_answer_are_rolled_back_together(
    client_of: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: Any) -> None:
        raise RuntimeError("killed between change and answer")

    monkeypatch.setattr("chassis.idempotency._store", die)

    with pytest.raises(RuntimeError):
        client_of("alice").post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert not Group.objects.exists()
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_under_one_key_have_one_effect(client_of: MakeClient) -> None:
    clients = [client_of("alice") for _ in range(8)]
    start = threading.Barrier(len(clients))
    answers: list[Answer] = []

    def send(client: ApiClient) -> None:
        start.wait()
        answers.append(client.post(GROUPS, {"name": "a"}, idempotency_key="k1"))
        connection.close()

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
    assert Group.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_change_commits_with_its_answer(client_of: MakeClient) -> None:
    client_of("alice").post(GROUPS, {"name": "a"}, idempotency_key="k1")

    assert not transaction.get_connection().in_atomic_block
    assert IdempotencyRecord.objects.get().status == 201
