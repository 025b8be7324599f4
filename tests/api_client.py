"""A client that speaks to the API as a program does: JSON, a bearer token, conditional headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.test import Client

from chassis.conditional import etag_of_version

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


class ApiClient:
    """Requests with one token (or none). An int for `if_match` is the version of one of our ETags."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._client = Client()

    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | None = None,
        content_type: str = "application/json",
        if_match: int | str | None = None,
        if_none_match: int | str | None = None,
        idempotency_key: str | None = None,
        **headers: str,
    ) -> Answer:
        """One request; further headers as keywords with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if if_match is not None:
            sent["If-Match"] = etag_of_version(if_match) if isinstance(if_match, int) else if_match
        if if_none_match is not None:
            is_version = isinstance(if_none_match, int)
            sent["If-None-Match"] = etag_of_version(if_none_match) if is_version else str(if_none_match)
        if idempotency_key is not None:
            sent["Idempotency-Key"] = idempotency_key
        if body is None and json is not None:
            body = orjson.dumps(json)
        if body is None:
            return self._client.generic(method, path, headers=sent)
        return self._client.generic(method, path, body, content_type=content_type, headers=sent)

    def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        """POST."""
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        """PUT."""
        return self.request("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        """PATCH."""
        return self.request("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """DELETE."""
        return self.request("DELETE", path, **options)
