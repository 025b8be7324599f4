"""Fixtures of the whole suite: an issuer, clients with tokens, a real object store, the task queue."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.identity_provider import identity_provider as identity_provider  # a fixture
from tests.issuer import Issuer


def pytest_configure() -> None:
    """Who is told to end takes its servers along: else a PostgreSQL stays behind for good."""
    session = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        if os.getpid() == session:
            # A second one is for whoever does not want to wait.
            signal.signal(number, signal.SIG_DFL)
            raise KeyboardInterrupt
        # A copy that a test has made has nothing to tidy up.
        os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask a database something: on a second one only these are run again."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "db" in fixtures or "transactional_db" in fixtures or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def issuer_server() -> Iterator[Issuer]:
    """One issuer for the session."""
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def issuer(issuer_server: Issuer, settings: Any) -> Iterator[Issuer]:
    """The issuer that the settings trust in this test."""
    from chassis import tokens

    settings.OIDC_ISSUER = issuer_server.url
    settings.OIDC_JWKS_URL = f"{issuer_server.url}/.well-known/jwks.json"
    settings.OIDC_TOKEN_URL = f"{issuer_server.url}/identity/o/api/token"
    settings.OIDC_USERINFO_URL = f"{issuer_server.url}/identity/o/api/userinfo"
    yield issuer_server
    issuer_server.is_down = False
    issuer_server.people.clear()
    tokens._key_sets.clear()


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Pages in tests name static files without a manifest, which only `collectstatic` makes."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def fresh_rate_counts() -> Iterator[None]:
    """No permits left over from another test."""
    yield
    from chassis.rate_limits import _leases

    _leases.clear()


@pytest.fixture
def client_of(issuer: Issuer) -> Callable[..., ApiClient]:
    """`client_of("alice", scope="todos/read")`: a client with a user's token."""

    def make(subject: str = "alice", **token: Any) -> ApiClient:
        return ApiClient(issuer.token(subject, **token))

    return make


@pytest.fixture
def service_client(issuer: Issuer) -> Callable[..., ApiClient]:
    """`service_client("service-todos", scope="accounts/attach")`: a client with a service's token."""

    def make(client_id: str = "service-todos", scope: str = "accounts/attach", **token: Any) -> ApiClient:
        return ApiClient(issuer.token(client_id, client_id=client_id, scope=scope, **token))

    return make


@pytest.fixture
def staff_client(issuer: Issuer, settings: Any) -> Callable[..., ApiClient]:
    """`staff_client("edith")`: a client with the token of somebody who is in a group of staff."""

    def make(subject: str = "edith", *, groups: tuple[str, ...] = ("editors",), **token: Any) -> ApiClient:
        token.setdefault("client_id", "quartet-tour")
        token.setdefault("scope", settings.STAFF_SCOPES)
        token[settings.OIDC_GROUPS_CLAIM] = list(groups)
        return ApiClient(issuer.token(subject, **token))

    return make


@pytest.fixture
def anonymous(issuer: Issuer) -> ApiClient:
    """A client without a token."""
    return ApiClient()


@pytest.fixture(scope="session")
def object_store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One real S3 server (SeaweedFS) for the session."""
    from local.object_store import ObjectStore

    directory: Path = tmp_path_factory.mktemp("object-store")
    with ObjectStore(directory, allowed_origins=["http://127.0.0.1:8080", "http://127.0.0.1:8000"]) as store:
        yield store


@pytest.fixture
def object_store(object_store_server: Any, settings: Any) -> Any:
    """The settings point at the real S3 server, whose buckets are there."""
    from django.core.management import call_command

    for name, value in object_store_server.environment().items():
        setattr(settings, name, value)
    settings.PUBLIC_URL = f"{settings.S3_ENDPOINT_URL}/{settings.S3_PUBLIC_BUCKET}"
    if not getattr(object_store_server, "has_buckets", False):
        call_command("buckets", verbosity=0)
        object_store_server.has_buckets = True
    return object_store_server


@pytest.fixture
def queued_tasks(db: None) -> Callable[[], list[str]]:
    """The names of the tasks that wait."""

    def read() -> list[str]:
        from django_tasks_db.models import DBTaskResult

        return [row.task_name for row in DBTaskResult.objects.ready()]

    return read


@pytest.fixture
def run_tasks(db: None) -> Callable[[], int]:
    """Do what waits, in this process; the number of tasks done."""

    def run() -> int:
        from chassis.tasks import drain

        return drain(seconds=60)

    return run


@pytest.fixture
def let_time_pass(db: None) -> Callable[[], None]:
    """What is to be done later is due."""

    def pass_time() -> None:
        from datetime import timedelta

        from django.utils import timezone
        from django_tasks_db.models import DBTaskResult

        DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now() - timedelta(seconds=1))

    return pass_time
