"""An application with python-tuf's client, and the holder of its product's root key."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import httpx
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater

from tests.tour.person import Person
from tests.tour.system import System, WrongAnswer, expect, wait_for


def make_root(edith: Person, product: str) -> bool:
    """Prepared by the service, signed here by its holder, taken in; False where no key can be made."""
    holder = CryptoSigner.generate_ed25519()
    public = {"keyid": holder.public_key.keyid, **holder.public_key.to_dict()}
    path = f"/products/{product}/tuf-root"
    try:
        prepared = edith.updates("POST", f"{path}/preparation", json={"keys": [public]}, wanted=200)
    except WrongAnswer:
        # Its online keys are an operator's to name, in AWS KMS.
        edith.updates("POST", f"{path}/preparation", json={"keys": [public]}, wanted=409)
        return False
    root: Metadata[Any] = Metadata.from_bytes(prepared.json()["root"].encode())
    edith.updates("PUT", path, json={"root": prepared.json()["root"]}, wanted=409)
    root.sign(holder)
    edith.updates("PUT", path, json={"root": root.to_bytes().decode()}, wanted=200)
    return True


def update(system: System, client: httpx.Client, product: str, *, version: str, sha256: str) -> str:
    """As an installation does: the manifest as a target, then the file that it names; the file's name."""
    address = f"{system.public_url}/updates/{product}/tuf/"
    # Until a publish has written it.
    root = wait_for("The root at the edge", lambda: _body(client, f"{address}1.root.json"))
    with tempfile.TemporaryDirectory() as directory:
        updater = Updater(
            metadata_dir=str(Path(directory, "metadata")),
            metadata_base_url=address,
            target_dir=directory,
            target_base_url=f"{system.public_url}/artifacts/{product}/",
            bootstrap=root,
        )
        latest = json.loads(_target(updater, "manifests/stable.json"))["latest"]
        expect("The version in the signed manifest", latest["version"], version)
        name: str = latest["files"][0]["file_name"]
        expect("SHA-256 of the target", hashlib.sha256(_target(updater, name)).hexdigest(), sha256)
    return name


def _target(updater: Updater, path: str) -> bytes:
    found = updater.get_targetinfo(path)
    if found is None:
        raise AssertionError(f"{path} is no target")
    return Path(updater.download_target(found)).read_bytes()


def _body(client: httpx.Client, url: str) -> bytes | None:
    answer = client.get(url)
    return answer.content if answer.status_code == 200 else None
