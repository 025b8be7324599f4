"""Put collected static files into the public bucket: `python -m deploy.upload_static DIRECTORY`.

Runs with the function's own variables, so it finds the same bucket. Files under hashed names that are there
already are left alone, and none is ever deleted: pages of the version before still refer to them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(directory: Path) -> None:
    """Upload what is missing, hashed names first."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["STATIC_MANIFEST_DIR"] = str(directory)
    import django

    django.setup()
    from django.core.files import File

    from chassis.storage import StaticStorage

    storage = StaticStorage()
    there = {
        entry.key.removeprefix("static/") for entry in storage.bucket.bucket.objects.filter(Prefix="static/")
    }
    hashed = set(storage.hashed_files.values())
    files = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
    files.pop("staticfiles.json", None)
    uploaded = 0
    for name in sorted(files, key=lambda name: (name not in hashed, name)):
        if name in hashed and name in there:
            continue
        with files[name].open("rb") as content:
            storage._save(name, File(content, name))
        uploaded += 1
    print(f"Static files: {uploaded} of {len(files)} uploaded, the others were there.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
