"""An edge in front of the suite's object store and of a web process that says what a test wants."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.publishing.rules import CacheRule
from local.edge.access_log import entries
from local.edge.nginx import find_nginx
from local.edge.server import Edge
from local.loopback import HOST, free_ports
from tests.edge.stand_in import StandIn
from tests.local.programs import until

WEB = "web"


@pytest.fixture(scope="session")
def edge_server(object_store_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """One edge for the session."""
    if find_nginx() is None:
        pytest.skip("there is no nginx here")
    with Edge(
        tmp_path_factory.mktemp("edge"),
        store_url=object_store_server.endpoint_url,
        bucket=object_store_server.environment()["S3_PUBLIC_BUCKET"],
        web={WEB: (free_ports(1)[0], 0)},
        # One log in the order of the requests: each worker writes down its own, some time later.
        workers_most=1,
    ) as edge:
        yield edge


@pytest.fixture
def edge(edge_server: Edge, object_store: Any, settings: Any) -> Edge:
    """The settings point at the edge."""
    for name, value in edge_server.environment().items():
        setattr(settings, name, value)
    return edge_server


@pytest.fixture
def web_process(edge_server: Edge) -> Iterator[StandIn]:
    """The web process behind the edge."""
    with StandIn(edge_server.web[0].inner_port) as stand_in:
        yield stand_in


@pytest.fixture
def store() -> Iterator[StandIn]:
    """An object store that says what the test wants."""
    with StandIn(free_ports(1)[0]) as stand_in:
        yield stand_in


@pytest.fixture
def small_edge(store: StandIn, tmp_path: Path) -> Iterator[Edge]:
    """An edge of the test's own, in front of that store."""
    if find_nginx() is None:
        pytest.skip("there is no nginx here")
    with Edge(tmp_path / "edge", store_url=store.url, bucket="bucket") as edge:
        yield edge


@pytest.fixture
def ask(small_edge: Edge) -> Iterator[httpx.Client]:
    """Somebody who reads at that edge."""
    with httpx.Client(base_url=small_edge.files_url, headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.fixture
def put(edge: Edge) -> Callable[..., None]:
    """`put("blog/index.html", b"…")`: a file in the public bucket, by the rule of a page."""

    def put_file(
        key: str, body: bytes = b"x", *, rule: CacheRule = CacheRule.PAGE, **parameters: Any
    ) -> None:
        from chassis.storage import s3_client

        # Letters of a test's own beginning; the object store is the session's.
        wanted: Any = {"CacheControl": rule.origin, "ContentType": "text/html; charset=utf-8", **parameters}
        s3_client().put_object(Bucket=edge.bucket, Key=key, Body=body, **wanted)

    return put_file


@pytest.fixture
def reader(edge: Edge) -> Iterator[httpx.Client]:
    """Somebody who reads files at the edge."""
    with httpx.Client(base_url=edge.files_url, headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.fixture
def visitor(edge: Edge, web_process: StandIn) -> Iterator[httpx.Client]:
    """Somebody who speaks to the web process through the edge."""
    with httpx.Client(base_url=edge.web[0].url, headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.fixture
def origin_requests(edge: Edge) -> Callable[[str], int]:
    """`origin_requests("blog/a.html")`: how often the cache asked the origin for an address."""

    return lambda key: requests_at_origin(edge)[f"/{key}"]


def requests_at_origin(edge: Edge) -> Counter[str]:
    """How often the cache asked the object store so far, by path."""
    _wait_for_the_log(edge)
    return Counter(entry["asked"].partition("?")[0] for entry in entries(edge.origin_log))


def _wait_for_the_log(edge: Edge) -> None:
    """Return once the log of the origin has everything that was asked so far: the last comes last."""
    marker = f"/marker-{secrets.token_hex(8)}.html"
    httpx.get(f"http://{HOST}:{edge.origin_port}{marker}")
    until(lambda: any(marker in entry["asked"] for entry in entries(edge.origin_log)), what="the log")
