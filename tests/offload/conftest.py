"""An application that may not be changed, and the edge in front of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bench.legacy_app import DjangoServer, Origin, StaticServer
from local.edge.nginx import find_nginx
from local.edge.offload import OffloadEdge

BODY = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(16_384))
ARTIFACT = "/downloads/app-1.0.0.zip"


@pytest.fixture
def has_nginx() -> None:
    """Both the edge and the stock server are nginx."""
    if find_nginx() is None:
        pytest.skip("there is no nginx here")


@pytest.fixture
def make_edge(has_nginx: None, tmp_path: Path) -> Iterator[Callable[..., OffloadEdge]]:
    """`make_edge(origin.url)`: a running one."""
    with ExitStack() as running:

        def make(origin: str, **options: Any) -> OffloadEdge:
            return running.enter_context(OffloadEdge(tmp_path / "edge", origin=origin, **options))

        yield make


KINDS: dict[str, tuple[type[Origin], dict[str, Any]]] = {
    "a stock static server": (StaticServer, {}),
    "FileResponse without ranges": (DjangoServer, {}),
    "private with a cookie": (StaticServer, {"is_private": True}),
    "FileResponse, private with a cookie": (DjangoServer, {"is_private": True}),
}
