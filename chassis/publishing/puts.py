"""One put into the public bucket, by botocore's signature and connections without its client.

A client of boto3 spends twice as long on a small file as this does, most of it on finding out, at each
call, what never changes: which parameters there are, which endpoint, which checksum. Here a put is one
signed request on a kept connection; all else that is done with the store goes through the client.
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
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.httpsession import URLLib3Session

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
        ConnectionError, HTTPClientError: it does not answer.
    """
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    for left in reversed(range(ATTEMPTS)):
        try:
            answer = _connections().send(_signed(key, body, {**headers, "x-amz-checksum-sha256": checksum}))
        except (ConnectionError, HTTPClientError):
            if not left:
                raise
        else:
            if answer.status_code == 200:
                return str(answer.headers["ETag"])
            if not left or answer.status_code not in _TRANSIENT:
                raise ClientError(_described(answer), "PutObject")
        time.sleep(random.random() * 2 ** (ATTEMPTS - 1 - left))  # noqa: S311 - nobody gains by guessing it
    raise AssertionError("The last attempt returns or raises.")


def _signed(key: str, body: bytes, headers: dict[str, str]) -> AWSPreparedRequest:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("PUT", f"{_bucket_url()}/{quote(key)}", headers, body)
    S3SigV4Auth(s3_credentials(), "s3", settings.AWS_REGION).add_auth(request)
    return request.prepare()


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
def _connections() -> URLLib3Session:
    """Kept by all threads together."""
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

    return URLLib3Session(
        timeout=(CONNECT_SECONDS, READ_SECONDS),  # type: ignore[arg-type]  # as its own client gives it
        max_pool_connections=CONNECTIONS,
        proxies=get_environ_proxies(s3_client().meta.endpoint_url),
    )


def _described(answer: Any) -> Any:
    """A refusal as the client describes it."""
    code = _CODE.search(answer.text)
    return {
        "Error": {"Code": code[1] if code else str(answer.status_code), "Message": answer.text[:200]},
        "ResponseMetadata": {"HTTPStatusCode": answer.status_code},
    }
