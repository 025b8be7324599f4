"""One put into the public bucket, by botocore's signature, on a connection of urllib3, without a client.

A client of boto3 spends four times as long on a small file as this does, most of it on finding out, at each
call, what never changes: which parameters there are, which endpoint, which checksum; and botocore's own
connections take as long again to hand a request to those of urllib3. Here a put is one signed request on
a kept connection; all else that is done with the store goes through the client.
"""

from __future__ import annotations

import base64
import random
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from chassis.storage import CONNECT_SECONDS, READ_SECONDS, s3_client, s3_credentials

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from urllib3 import BaseHTTPResponse, PoolManager

# As the client has it: three attempts in all, a growing random pause between them.
ATTEMPTS = 3
CONNECTIONS = 32
_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_CODE = re.compile(r"<Code>([^<]*)</Code>")


def put(key: str, body: bytes, *, sha256: str, headers: dict[str, str]) -> str:
    """Write an object with these headers, a guard among them, and check it by its hash; its ETag.

    An attempt may have been served though its answer was lost: then the guard of the next one holds.

    Raises:
        ClientError: the store refused it.
        EndpointConnectionError: it does not answer.
    """
    from botocore.exceptions import ClientError, EndpointConnectionError
    from urllib3.exceptions import HTTPError

    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    for left in reversed(range(ATTEMPTS)):
        try:
            request = _signed(key, body, {**headers, "x-amz-checksum-sha256": checksum})
            answer = _sent(request)
        except HTTPError as error:
            if not left:
                raise EndpointConnectionError(endpoint_url=_bucket_url(), error=error) from error
        else:
            if answer.status == 200:
                return answer.headers["ETag"]
            if not left or answer.status not in _TRANSIENT:
                raise ClientError(_described(answer), "PutObject")
        time.sleep(random.random() * 2 ** (ATTEMPTS - 1 - left))  # noqa: S311 - nobody gains by guessing it
    raise AssertionError("The last attempt returns or raises.")


def _sent(request: AWSRequest) -> BaseHTTPResponse:
    return _connections().request(
        "PUT", str(request.url), body=request.data, headers=dict(request.headers.items()), redirect=False
    )


def _signed(key: str, body: bytes, headers: dict[str, str]) -> AWSRequest:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("PUT", f"{_bucket_url()}/{quote(key)}", headers, body)
    S3SigV4Auth(s3_credentials(), "s3", settings.AWS_REGION).add_auth(request)
    return request


def _bucket_url() -> str:
    """As the client addresses it: below the endpoint of a desk, as a name beside that of AWS.

    A name with dots is no name that the certificate of AWS speaks for, so it goes below, too.
    """
    bucket = settings.S3_PUBLIC_BUCKET
    endpoint = s3_client().meta.endpoint_url
    if settings.S3_ENDPOINT_URL or "." in bucket:
        return f"{endpoint}/{bucket}"
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{bucket}.{parts.netloc}"


@lru_cache(maxsize=1)
def _connections() -> PoolManager:
    """Kept by all threads together; as the client's: through a proxy where the environment names one."""
    from botocore.httpsession import get_cert_path
    from botocore.utils import get_environ_proxies
    from urllib3 import PoolManager, ProxyManager, Timeout

    endpoint = s3_client().meta.endpoint_url
    proxy = get_environ_proxies(endpoint).get(urlsplit(endpoint).scheme)
    options: dict[str, Any] = {
        "maxsize": CONNECTIONS,
        "timeout": Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        "retries": False,
        "ca_certs": get_cert_path(True),
    }
    return ProxyManager(proxy, **options) if proxy else PoolManager(**options)


def _described(answer: BaseHTTPResponse) -> Any:
    """A refusal as the client describes it."""
    text = answer.data.decode(errors="replace")
    code = _CODE.search(text)
    return {
        "Error": {"Code": code[1] if code else str(answer.status), "Message": text[:200]},
        "ResponseMetadata": {"HTTPStatusCode": answer.status},
    }
