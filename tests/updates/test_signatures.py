"""Signatures are brought by the publisher, and checked against the product's keys before a file is taken."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import call_command

from chassis.storage import s3_client
from tests.updates.conftest import API, declaration, zip_of
from updates.models import Artifact, Product
from updates.signatures import read_public_key, read_signature

pytestmark = pytest.mark.django_db
BODY = zip_of("tide for linux", size=50_000)


class Signer:
    """A publisher's key, as minisign has it."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.key_id = os.urandom(8)
        self.raw = self.key.public_key().public_bytes_raw()

    @property
    def public(self):
        """As `minisign -G` prints it."""
        return base64.b64encode(b"Ed" + self.key_id + self.raw).decode()

    def minisign(self, body, *, comment="file:tide", is_of_hash=True, signed_comment=None):
        """The text of a .minisig file."""
        message = hashlib.blake2b(body).digest() if is_of_hash else body
        signature = self.key.sign(message)
        first = base64.b64encode((b"ED" if is_of_hash else b"Ed") + self.key_id + signature).decode()
        second = base64.b64encode(self.key.sign(signature + (signed_comment or comment).encode())).decode()
        return f"untrusted comment: signature\n{first}\ntrusted comment: {comment}\n{second}\n"

    def plain(self, body):
        """As Sparkle's `sign_update` prints it."""
        return base64.b64encode(self.key.sign(body)).decode()


@pytest.fixture
def signer(edith, product):
    """The product knows this key."""
    made = Signer()
    changes = {"public_keys": made.public, "needs_signatures": True}
    assert edith.patch(f"{API}/products/{product}", changes).status_code == 200
    return made


@pytest.mark.parametrize("form", ["hash", "whole", "plain", "tauri"])
def test_a_file_with_the_products_signature_is_taken(signer, add_artifact, form):
    signature = {
        "hash": signer.minisign(BODY),
        "whole": signer.minisign(BODY, is_of_hash=False),
        "plain": signer.plain(BODY),
        "tauri": base64.b64encode(signer.minisign(BODY).encode()).decode(),
    }[form]

    artifact = add_artifact(BODY, signature=signature)

    assert (artifact["state"], artifact["finding"]) == ("verified", "")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: Signer().minisign(BODY), "a key that the product does not have"),
        (lambda _: Signer().plain(BODY), "not by the product's key"),
        (lambda signer: signer.minisign(b"other bytes"), "not of these bytes"),
        (lambda signer: signer.minisign(BODY, signed_comment="file:ebb"), "comment of its signature"),
    ],
)
def test_a_signature_by_the_wrong_key_or_of_other_bytes_is_refused(signer, add_artifact, make, words):
    artifact = add_artifact(BODY, signature=make(signer))

    assert artifact["state"] == "refused"
    assert words in artifact["finding"]


def test_a_large_file_is_signed_by_its_hash(signer, add_artifact, monkeypatch):
    monkeypatch.setattr("updates.signatures.WHOLE_BYTES_MOST", 1000)

    artifact = add_artifact(BODY, signature=signer.plain(BODY))

    assert "sign the hash" in artifact["finding"]


@pytest.mark.parametrize(
    ("signature", "code"), [("", "missing"), ("nonsense", "not-a-signature"), ("AAAA", "not-a-signature")]
)
def test_a_file_without_a_signature_is_not_even_declared(edith, signer, release, signature, code):
    body = declaration(BODY) | ({"signature": signature} if signature else {})

    answer = edith.post(f"{API}/releases/{release['id']}/artifacts", body)

    assert answer.status_code == 400
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/signature", code)]
    assert Artifact.objects.count() == 0


def test_a_block_map_needs_none(edith, signer, release):
    body = declaration(b"\x1f\x8bmap", "tide-1.0.0.exe.blockmap", kind="blockmap")

    assert edith.post(f"{API}/releases/{release['id']}/artifacts", body).status_code == 201


def test_a_signature_that_nothing_could_check_is_refused(edith, release):
    body = {**declaration(BODY), "signature": Signer().plain(BODY)}

    answer = edith.post(f"{API}/releases/{release['id']}/artifacts", body)

    assert answer.json()["errors"][0]["code"] == "no-key"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"public_keys": "RWnonsense"}, "not-a-key"),
        ({"public_keys": base64.b64encode(b"short").decode()}, "not-a-key"),
        ({"needs_signatures": True}, "missing"),
        ({"public_keys": "\n".join(Signer().public for _ in range(6))}, "too-many"),
    ],
)
def test_keys_that_are_none_are_refused_at_their_field(edith, product, changes, code):
    answer = edith.patch(f"{API}/products/{product}", changes)

    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/public_keys", code)]
    assert Product.objects.get().public_keys == ""


def test_the_manifest_brings_the_signature_along(
    edith, signer, add_artifact, release, run_tasks, empty_public_bucket
):
    signature = signer.minisign(BODY).strip()
    add_artifact(BODY, signature=signature)
    edith.post(f"{API}/releases/{release['id']}/publish", {})
    run_tasks()

    manifest = httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()

    told = read_signature(manifest["latest"]["files"][0]["signature"])
    assert told == read_signature(signature)
    assert read_public_key(signer.public).key_id == told.key_id


def test_the_scanner_is_asked_and_believed(add_artifact, settings):
    settings.UPDATES_SCAN_COMMAND = "sh -c 'grep -q EICAR && echo Eicar-Test && exit 1 || exit 0'"

    clean = add_artifact(zip_of("clean"), "tide-1.0.0-a.zip")
    bad = add_artifact(zip_of("EICAR"), "tide-1.0.0-b.zip")

    assert (clean["state"], bad["state"]) == ("verified", "refused")
    assert bad["finding"] == "The scanner found: Eicar-Test"


@pytest.mark.parametrize("command", ["sh -c 'exit 2'", "/nowhere/scanner"])
def test_nothing_is_taken_while_the_scanner_does_not_work(
    add_artifact, settings, command, let_time_pass, run_tasks
):
    settings.UPDATES_SCAN_COMMAND = command
    artifact = add_artifact(zip_of("tide"))
    settings.UPDATES_SCAN_COMMAND = ""
    let_time_pass()
    run_tasks()

    assert artifact["state"] == "uploaded"
    assert Artifact.objects.get().state == "verified"


def test_files_that_nothing_names_are_found_and_deleted_only_when_told(
    edith, add_artifact, release, run_tasks, empty_public_bucket, monkeypatch, capsys
):
    from datetime import timedelta

    add_artifact(zip_of("tide"))
    edith.post(f"{API}/releases/{release['id']}/publish", {})
    run_tasks()
    place: Any = {"Bucket": settings.S3_PUBLIC_BUCKET, "Key": "artifacts/tide/left-behind.zip"}
    s3_client().put_object(**place, Body=b"12345")
    collect = "updates.commands.garbage.YOUNGEST"
    young = call_command("updates_garbage", delete=True)
    monkeypatch.setattr(collect, timedelta(0))

    looked = call_command("updates_garbage")
    still = s3_client().head_object(**place)["ContentLength"]
    deleted = call_command("updates_garbage", delete=True)
    run_tasks()
    after = call_command("updates_garbage")

    assert young == "Deleted 0 files of 0 bytes."
    assert (looked, still) == ("Would delete 1 files of 5 bytes.", 5)
    assert (deleted, after) == ("Deleted 1 files of 5 bytes.", "Would delete 0 files of 0 bytes.")
    manifest = httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()
    assert httpx.get(manifest["latest"]["files"][0]["url"]).status_code == 200


def test_a_large_file_is_verified_in_the_memory_of_a_few_blocks(add_artifact, tmp_path, object_store):
    import tracemalloc

    from updates.commands.verification import read_contents

    size = 160 * 1024**2
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(size)
    s3_client().upload_file(str(sparse), settings.S3_UPLOADS_BUCKET, "uploads/edith/sparse")
    etag = s3_client().head_object(Bucket=settings.S3_UPLOADS_BUCKET, Key="uploads/edith/sparse")["ETag"]

    tracemalloc.start()
    contents = read_contents("uploads/edith/sparse", etag)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert contents.size == size
    assert peak < 16 * 1024**2
