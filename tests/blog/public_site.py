"""The public bucket as readers see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings

_LINK = re.compile(r'(?:href|src|action)="([^"]*)"')


def whole_site() -> Iterator[Any]:
    """Every file of the blog, as a rebuild makes them from the database."""
    from blog.commands.site_files import take_over
    from blog.site import plan

    take_over()
    yield from plan.plan_part(f"{UUID(int=0)}..{UUID(int=2**128 - 1)}", with_lists=False).files()
    yield from plan.plan_lists("all").files()


class PublicSite:
    """Reads the public bucket past every cache."""

    def listed(self, prefix: str = "") -> set[str]:
        """Every key of the blog that is there."""
        from chassis.storage import s3_client

        pages = s3_client().get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=settings.S3_PUBLIC_BUCKET, Prefix=prefix)
        return {one["Key"] for page in found for one in page.get("Contents", ())}

    def empty(self) -> None:
        """Take everything away."""
        from chassis.storage import s3_client

        for key in self.listed():
            s3_client().delete_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)

    def head(self, key: str) -> Any:
        """Content type and cache rule."""
        from chassis.storage import s3_client

        return s3_client().head_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)

    def read(self, key: str) -> str:
        """The text of one file."""
        from chassis.storage import s3_client

        return s3_client().get_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)["Body"].read().decode()

    def json(self, key: str) -> Any:
        """A JSON file."""
        return orjson.loads(self.read(key))

    def broken_links(self) -> set[str]:
        """Addresses of this site on its pages at which nothing is."""
        keys = self.listed()
        pages = [key for key in keys if key.endswith(".html")]
        linked = {link for key in pages for link in _LINK.findall(self.read(key))}
        return {link for link in linked if (key := _key_of(link)) and key not in keys}


def _key_of(link: str) -> str:
    """The key that a link of this site leads to; empty for any other link, and for a place on the page."""
    root = settings.PUBLIC_URL.partition("://")[2].partition("/")[2]
    path = link.removeprefix(settings.PUBLIC_URL).removeprefix(f"/{root}" if root else "")
    if not path.startswith("/") or path.startswith("//"):
        return ""
    key = path.partition("#")[0].lstrip("/")
    return f"{key}index.html" if key.endswith("/") else key
