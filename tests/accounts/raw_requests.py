"""Signed S3 requests whose path goes over the wire letter for letter.

HTTP libraries take `..` out of a path before they send it, so an attack by such a path would never
leave the test. Here the path is signed as the store reads it (decoded, then encoded as AWS does),
and sent as it is written.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

UNRESERVED = "-_.~"


def send(
    credentials: dict[str, Any],
    method: str,
    target: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Status and body of the answer to `METHOD target`."""
    path, _, query = target.partition("?")
    canonical_path = quote(unquote_to_bytes(path), safe=f"/{UNRESERVED}")
    canonical_query = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote, safe=UNRESERVED)
    host = urlsplit(credentials["endpoint_url"]).netloc
    url = f"http://{host}{canonical_path}" + (f"?{canonical_query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": host, **(headers or {})})
    key = Credentials(
        credentials["access_key_id"], credentials["secret_access_key"], credentials["session_token"]
    )
    S3SigV4Auth(key, "s3", credentials["region"]).add_auth(request)
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
