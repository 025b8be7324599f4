"""CloudFront as moto plays it: it remembers invalidations, and checks the requests' form."""

from __future__ import annotations

import logging
import uuid
from types import TracebackType
from typing import Any, NamedTuple

from chassis.storage import aws_client


class Invalidation(NamedTuple):
    """What a distribution was told once."""

    reference: str
    paths: list[str]


class Distribution:
    """A CloudFront API with one distribution at a time."""

    def __enter__(self) -> Distribution:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def fresh(self) -> dict[str, str]:
        """A distribution that was told nothing; the variables that name it."""
        made = self._client.create_distribution(DistributionConfig=_configuration())
        self.id = str(made["Distribution"]["Id"])
        return {
            "FILES_DISTRIBUTION_ID": self.id,
            "CLOUDFRONT_ENDPOINT_URL": self.url,
            "CLOUDFRONT_ACCESS_KEY_ID": "publisher",
            "CLOUDFRONT_SECRET_ACCESS_KEY": "publisher",
        }

    def invalidations(self) -> list[Invalidation]:
        """What it was told; the same reference twice counts once, as at CloudFront. In any order."""
        pages = self._client.get_paginator("list_invalidations").paginate(DistributionId=self.id)
        ids = [item["Id"] for page in pages for item in page["InvalidationList"].get("Items", [])]
        batches = [
            self._client.get_invalidation(DistributionId=self.id, Id=one)["Invalidation"]["InvalidationBatch"]
            for one in ids
        ]
        told = {batch["CallerReference"]: sorted(batch["Paths"]["Items"]) for batch in batches}
        return [Invalidation(reference, paths) for reference, paths in sorted(told.items())]

    @property
    def _client(self) -> Any:
        return aws_client("cloudfront", self.url, "publisher", "publisher", "us-east-1")


def _configuration() -> dict[str, Any]:
    origin = {
        "Id": "files",
        "DomainName": "files.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    return {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "files", "ViewerProtocolPolicy": "https-only"},
    }
