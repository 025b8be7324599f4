"""Telling the edge which of its copies are old: CloudFront's `create_invalidation`, exactly by path.

On the desk the edge's adapter speaks the same API. Without a distribution there is no edge, and
nothing to tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings

from chassis.storage import answering_store, aws_client

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

# CloudFront takes so many paths in one request, and works on so many at a time.
PATHS_MOST = 3000
INDEX = "index.html"
# CloudFront compares paths letter for letter: to be encoded are unsafe characters alone, which are
# those that a client encodes before it asks.
_NOT_ENCODED = "/!$&'()+,;=:@~"


def cloudfront_client() -> CloudFrontClient:
    """The client of the edge's API."""
    client: CloudFrontClient = aws_client(
        "cloudfront",
        settings.CLOUDFRONT_ENDPOINT_URL,
        settings.CLOUDFRONT_ACCESS_KEY_ID,
        settings.CLOUDFRONT_SECRET_ACCESS_KEY,
        settings.AWS_REGION,
    )
    return client


def has_edge() -> bool:
    """Whether anything stands between the bucket and its readers."""
    return bool(settings.FILES_DISTRIBUTION_ID)


def paths_of(keys: Iterable[str]) -> list[str]:
    """The paths under which the edge may hold these keys: a page also under its directory's address."""
    return sorted({f"/{quote(name, safe=_NOT_ENCODED)}" for key in keys for name in _names(key)})


def _names(key: str) -> Iterator[str]:
    yield key
    directory, _, last = key.rpartition("/")
    if last == INDEX:
        yield f"{directory}/" if directory else ""


def invalidate(keys: Iterable[str], *, reference: str) -> list[str]:
    """Have the edge forget its copies of these keys; the invalidations' ids, none without an edge.

    The same reference with the same keys is the same invalidation: a repeat is harmless.

    Raises:
        Unavailable: the edge's API does not answer.
    """
    if not has_edge():
        return []
    paths = paths_of(keys)
    return [
        _invalidate(paths[start : start + PATHS_MOST], reference)
        for start in range(0, len(paths), PATHS_MOST)
    ]


@answering_store("The edge")
def _invalidate(paths: Sequence[str], reference: str) -> str:
    # The API refuses a reference that comes again with other paths, so it carries them.
    digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    answer = cloudfront_client().create_invalidation(
        DistributionId=settings.FILES_DISTRIBUTION_ID,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": f"{reference}.{digest}",
        },
    )
    return str(answer["Invalidation"]["Id"])
