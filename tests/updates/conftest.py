"""Edith, who releases software, and what she has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_client import ApiClient
from tests.issuer import Issuer

API = "/api/updates/v1"


@pytest.fixture
def edith(issuer: Issuer) -> ApiClient:
    """A client with the token of an editor."""
    return ApiClient(issuer.editor_token())


@pytest.fixture
def product(db: None, edith: ApiClient) -> str:
    """The short name of a product with the channel `stable`."""
    answer = edith.post(f"{API}/products", {"slug": "tide", "name": "Tide"})
    assert answer.status_code == 201, answer.content
    return "tide"


@pytest.fixture
def release(product: str, edith: ApiClient) -> dict[str, Any]:
    """A draft of 1.0.0 in `stable`."""
    answer = edith.post(f"{API}/products/{product}/releases", {"channel": "stable", "version": "1.0.0"})
    assert answer.status_code == 201, answer.content
    document: dict[str, Any] = answer.json()
    return document
