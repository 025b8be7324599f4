"""tufup 0.10 at work, in an environment of its own: a publisher's build, and an application that updates.

`program.py build '{"versions": …}'` packs versions and their patches, `program.py update '{…}'` updates one.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any

from tuf.api.exceptions import DownloadError, RepositoryError
from tufup.client import Client
from tufup.common import Patcher
from tufup.repo import make_gztar_archive

APP = "tide"


def build(directory: str, versions: list[str]) -> dict[str, Any]:
    """`tide-<version>.tar.gz` of each, and patches from one to the next, as tufup's own tools make them."""
    place = Path(directory)
    charts = random.Random(7).randbytes(300_000)
    paths: list[Path] = []
    sums = {}
    for version in versions:
        bundle = place / f"bundle-{version}"
        bundle.mkdir()
        (bundle / "tide.txt").write_text(f"tide {version}\n")
        # Mostly the same in all versions.
        (bundle / "charts.bin").write_bytes(charts + version.encode() * 20)
        archive = place / str(make_gztar_archive(bundle, place, APP, version).path)
        if paths:
            patch = place / f"{APP}-{version}.patch"
            sums[patch.name] = Patcher.diff_and_hash(src_path=paths[-1], dst_path=archive, patch_path=patch)
        paths.append(archive)
    patches = [str(place / name) for name in sums]
    return {"files": [*map(str, paths), *patches], "sums": sums}


def update(
    directory: str, version: str, metadata_url: str, files_url: str, pre: str | None = None
) -> dict[str, Any]:
    """Look for an update, and put it where the application is; by the whole archive if the patch is none."""
    place = Path(directory)
    install, extracted = place / "install", place / "extracted"
    for made in (install, extracted, place / "targets"):
        made.mkdir(exist_ok=True)

    def client() -> Client:
        return Client(
            app_name=APP,
            app_install_dir=install,
            current_version=version,
            metadata_dir=place / "metadata",
            metadata_base_url=metadata_url,
            target_dir=place / "targets",
            target_base_url=files_url,
            extract_dir=extracted,
        )

    def copy(src_dir: Path, dst_dir: Path, **_: Any) -> None:
        shutil.copytree(src_dir, dst_dir, dirs_exist_ok=True)

    first = client()
    found = first.check_for_updates(pre=pre)
    if found is None:
        return {"found": None}
    loaded = sorted(str(target) for target in first.new_targets)
    try:
        first.download_and_apply_update(skip_confirmation=True, install=copy)
    except (DownloadError, RepositoryError):
        # As docs/updates/tufup.md says.
        second = client()
        second.check_for_updates(pre=pre, patch=False)
        loaded += sorted(str(target) for target in second.new_targets)
        second.download_and_apply_update(skip_confirmation=True, install=copy)
    text = install / "tide.txt"
    return {
        "found": str(found.version),
        "loaded": loaded,
        "installed": text.read_text() if text.exists() else None,
    }


def publish(directory: str, count: int) -> dict[str, Any]:
    """One more target in a repository of many, by tufup's own `publish_changes`; for the bench."""
    import os
    import time

    from tuf.api.metadata import TargetFile
    from tufup.repo import Repository

    os.chdir(directory)
    repository = Repository(app_name=APP)
    repository.initialize()
    targets = repository.roles.targets.signed.targets
    for number in range(count):
        path = f"{APP}-0.1.{number}.tar.gz"
        targets[path] = TargetFile(1024, {"sha256": f"{number:064x}"}, path)
    began = time.perf_counter()
    new = f"{APP}-1.0.0.tar.gz"
    targets[new] = TargetFile(1024, {"sha256": "0" * 64}, new)
    repository.publish_changes(private_key_dirs=[repository.keys_dir])
    seconds = time.perf_counter() - began
    names = ("targets.json", "snapshot.json", "timestamp.json")
    written = sum((repository.metadata_dir / name).stat().st_size for name in names)
    return {"seconds": seconds, "files": len(names), "bytes": written}


if __name__ == "__main__":
    verb: Any = {"build": build, "publish": publish, "update": update}[sys.argv[1]]
    print(json.dumps(verb(**json.loads(sys.argv[2]))))
