"""Fixtures of the chassis's tests: shelves to publish, an edge that is told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chassis.distribution import Distribution

if TYPE_CHECKING:
    from tests.chassis.publishing_samples import Shelf


@pytest.fixture
def make_shelf(object_store: Any, settings: Any, tmp_path: Path) -> Callable[[], Shelf]:
    """`make_shelf()`: something to publish, with keys that no other test has."""
    from tests.chassis.publishing_samples import Shelf

    settings.PUBLISHING_RECEIPT_SECONDS = 5

    def make() -> Shelf:
        name = f"shelf-{uuid.uuid4().hex}"
        return Shelf(tmp_path / f"{name}.json", name)

    return make


@pytest.fixture
def shelf(make_shelf: Callable[[], Shelf]) -> Shelf:
    """Something to publish."""
    return make_shelf()


@pytest.fixture(scope="session")
def distribution_server() -> Iterator[Distribution]:
    """One CloudFront for the session (moto)."""
    with Distribution() as distribution:
        yield distribution


@pytest.fixture
def distribution(distribution_server: Distribution, settings: Any) -> Distribution:
    """The distribution in front of the public bucket, which remembers what it was told."""
    for name, value in distribution_server.fresh().items():
        setattr(settings, name, value)
    return distribution_server


@pytest.fixture
def calls_of_the_store(object_store: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The calls of the object store that this process makes: operation and key."""
    from chassis.publishing import puts
    from chassis.storage import s3_client

    calls: list[tuple[str, str]] = []

    def note(params: dict[str, Any], model: Any, **others: Any) -> None:
        calls.append((model.name, params.get("Key", "")))

    s3_client().meta.events.register("provide-client-params.s3", note)
    signed_put = puts.put

    def noted_put(key: str, body: bytes, **others: Any) -> str:
        calls.append(("PutObject", key))
        return signed_put(key, body, **others)

    monkeypatch.setattr(puts, "put", noted_put)
    return calls
