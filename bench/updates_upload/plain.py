"""`python -m bench.updates_upload.plain put|boto3 FILE KEY`: a file into the bucket, without us."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

PART_BYTES = 8 * 1024**2
PARTS_AT_ONCE = 4


def main() -> None:
    """One PUT to a signed address, or boto3's own parts, as many at a time as ours."""
    way, file, key = sys.argv[1:]
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=os.environ["S3_ENDPOINT_URL"],
        aws_access_key_id=os.environ["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["S3_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    place = {"Bucket": os.environ["S3_UPLOADS_BUCKET"], "Key": key}
    if way == "boto3":
        _by_parts(client, file, place)
    else:
        _by_one_put(client.generate_presigned_url("put_object", Params=place), Path(file))


def _by_parts(client: Any, file: str, place: dict[str, str]) -> None:
    from boto3.s3.transfer import TransferConfig

    config = TransferConfig(multipart_chunksize=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
    client.upload_file(file, place["Bucket"], place["Key"], Config=config)


def _by_one_put(url: str, file: Path) -> None:
    import httpx

    with file.open("rb") as opened:
        headers = {"Content-Length": str(file.stat().st_size)}
        httpx.put(url, content=opened, headers=headers, timeout=600).raise_for_status()


if __name__ == "__main__":
    main()
