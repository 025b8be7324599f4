"""Put collected static files into the public bucket: `python -m deploy.upload_static DIRECTORY`.

Runs with the function's own variables, so it finds the same bucket. Files under hashed names that are there
already are left alone, and none is ever deleted: pages of the version before still refer to them.
"""

from __future__ import annotations

import mimetypes
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_PREFIX = "static/"
_AT_ONCE = 8


def main(directory: Path) -> None:
    """Upload what is missing, hashed names first."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["STATIC_MANIFEST_DIR"] = str(directory)
    import django

    django.setup()
    from chassis.storage import StaticStorage

    storage = StaticStorage()
    objects = storage.bucket.bucket.objects.filter(Prefix=_PREFIX)
    there = {entry.key.removeprefix(_PREFIX) for entry in objects}
    hashed = set(storage.hashed_files.values())
    files = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
    files.pop("staticfiles.json", None)
    missing = [name for name in files if name not in hashed or name not in there]
    # A page never refers to a file that is not there: what pages name goes first.
    for some in ([n for n in missing if n in hashed], [n for n in missing if n not in hashed]):
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda name: _upload(name, files[name], is_hashed=name in hashed), some))
    print(f"Static files: {len(missing)} of {len(files)} uploaded, the others were there.")


def _upload(name: str, path: Path, *, is_hashed: bool) -> None:
    from django.conf import settings

    from chassis.publishing.rules import CacheRule
    from chassis.storage import s3_client

    kind, encoding = mimetypes.guess_type(name)
    s3_client().put_object(
        Bucket=settings.S3_PUBLIC_BUCKET,
        Key=f"{_PREFIX}{name}",
        Body=path.read_bytes(),
        ContentType=kind if kind and not encoding else "application/octet-stream",
        CacheControl=(CacheRule.IMMUTABLE if is_hashed else CacheRule.POINTER).origin,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
