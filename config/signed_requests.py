"""One request of AWS's JSON protocol, signed (Signature Version 4), without boto3.

A client of boto3 reads megabytes of descriptions of its service first: half a second of every start of a
function, and 13 MB that it keeps. botocore's signer alone would be 80 ms and 5 MB; a test holds ours to it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import time
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5
ATTEMPTS = 5
WAIT_SECONDS = 0.1
# What `X-Amz-Target` begins with, and the version of the JSON protocol.
_SERVICES = {"ssm": ("AmazonSSM", "1.1"), "secretsmanager": ("secretsmanager", "1.1")}


class Keys(NamedTuple):
    """What signs. The session is empty for keys that do not expire."""

    id: str
    secret: str
    session: str = ""


class Refused(Exception):
    """AWS answered with an error; the text is its code."""


def ask(service: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the service answers. Throttling, failures of its own and lost connections are tried again.

    Raises:
        Refused: it does not do what was asked.
        OSError: it does not answer.
    """
    for attempt in range(1, ATTEMPTS + 1):
        request = _signed(service, action, json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                found: dict[str, Any] = json.loads(answer.read())
                return found
        except HTTPError as error:
            code = _code_of(error)
            is_passing = error.code >= 500 or error.code == 429 or "Throttl" in code
            if not is_passing or attempt == ATTEMPTS:
                raise Refused(code) from None
        except OSError:
            if attempt == ATTEMPTS:
                raise
        time.sleep(random.uniform(0, WAIT_SECONDS * 2**attempt))  # noqa: S311 - no secret
    raise AssertionError("unreachable: the last attempt returns or raises")


def _signed(service: str, action: str, body: bytes) -> urllib.request.Request:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    target, version = _SERVICES[service]
    headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": f"{target}.{action}"}
    url = _endpoint(service, region)
    headers |= signature_of(url, headers, body, service, region, _keys(), now=datetime.now(UTC))
    return urllib.request.Request(url, data=body, headers=headers)  # noqa: S310


def signature_of(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    service: str,
    region: str,
    keys: Keys,
    *,
    now: datetime,
) -> dict[str, str]:
    """The headers that sign a POST to `/` with these headers (AWS General Reference, Signature Version 4)."""
    added = {"X-Amz-Date": now.strftime("%Y%m%dT%H%M%SZ")}
    if keys.session:
        added["X-Amz-Security-Token"] = keys.session
    signed = {
        name.lower(): value for name, value in {**headers, **added, "Host": urlsplit(url).netloc}.items()
    }
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now:%Y%m%d}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{added['X-Amz-Date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={keys.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**added, "Authorization": f"AWS4-HMAC-SHA256 {credential}"}


def _endpoint(service: str, region: str) -> str:
    """As boto3 finds it: the variable of the service, the one of all, or AWS's own address."""
    variable = f"AWS_ENDPOINT_URL_{'SECRETS_MANAGER' if service == 'secretsmanager' else service.upper()}"
    given = os.environ.get(variable) or os.environ.get("AWS_ENDPOINT_URL")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{(given or f'https://{service}.{region}.{domain}').rstrip('/')}/"


def _keys() -> Keys:
    """A function's are in its environment; elsewhere they are where AWS's tools look for them."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Keys(key, secret, os.environ.get("AWS_SESSION_TOKEN", ""))
    import botocore.session

    found = botocore.session.get_session().get_credentials()
    if found is None:
        raise Refused("NoCredentials")
    return Keys(found.access_key, found.secret_key, found.token or "")


def _code_of(error: HTTPError) -> str:
    """The kind of an error. Its text may repeat what was asked for."""
    try:
        kind = json.loads(error.read())["__type"]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
    return str(kind).rpartition("#")[2]
