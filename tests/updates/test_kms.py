"""Keys in AWS KMS: TUF's by securesystemslib's signer, the manifests' by Ed25519 over short messages."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis import key_service
from tests.updates.root_holders import RootHolders, manage
from updates import commands
from updates.errors import KeyUnusable
from updates.models import Product, SignedFile, SigningKey
from updates.signing import minisign
from updates.signing.keys import manifest_signer_at, public_of_kms

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kms_server():
    """What stands in for KMS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def kms(kms_server, monkeypatch, settings):
    """A client of it; the service finds it by AWS's own variables, and has no directory of keys."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", kms_server)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    settings.UPDATES_KEYS_DIR = ""
    return boto3.client("kms")


@pytest.fixture(autouse=True)
def digests_are_not_hashed_again(monkeypatch):
    """moto takes what is said to be a digest for a message; AWS does not."""
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from moto.kms.utils import ECDSAPrivateKey

    def sign(self, message, signing_algorithm):
        hashed = Prehashed(hashes.SHA256())
        return self.private_key.sign(message, ec.ECDSA(hashed))

    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign)


def make_key(kms, spec="ECC_NIST_P256"):
    return kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]


@pytest.fixture
def tide(kms):
    """A product that serves TUF, without a key."""
    commands.create_product(actor="edith", slug="tide", name="Tide", formats=["tuf"])
    return Product.objects.get(slug="tide")


def test_tufs_roles_are_signed_by_keys_that_stay_in_kms(tide, kms, tmp_path, monkeypatch):
    holders = RootHolders(tmp_path, monkeypatch, names="a", threshold=1)
    for role in ("targets", "snapshot", "timestamp"):
        manage("keys", "tide", "--role", role, "--location", f"awskms:{make_key(kms)}")
    holders.make_root("tide")

    signed = commands.sign_product(product_id=tide.id)

    from tuf.api.metadata import Metadata, Root

    bodies = {file.role: file.body.encode() for file in signed.signed}
    root = Metadata[Root].from_bytes(bodies["root"])
    for role in ("targets", "snapshot", "timestamp"):
        found = Metadata.from_bytes(bodies[role])
        root.signed.verify_delegate(role, found.signed_bytes, found.signatures)
    assert len(bodies["timestamp"]) <= 400
    assert not list(tmp_path.glob("**/tide-*.pem"))
    assert SignedFile.objects.filter(product=tide, role="timestamp").count() == 1


def test_a_key_of_another_kind_is_refused(tide, kms):
    key_id = make_key(kms)

    with pytest.raises(KeyUnusable, match="Ed25519"):
        commands.add_signing_key(actor="edith", product="tide", role="manifest", location=f"awskms:{key_id}")

    assert not SigningKey.objects.exists()


def test_a_manifest_is_signed_by_two_short_messages(kms, monkeypatch):
    # No stand-in of KMS knows Ed25519; this one takes what the documentation says.
    private = Ed25519PrivateKey.generate()
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    asked: list[dict[str, Any]] = []

    class Kms:
        def get_public_key(self, **parameters):
            return {"PublicKey": der}

        def sign(self, **parameters):
            asked.append(parameters)
            return {"Signature": private.sign(parameters["Message"])}

    monkeypatch.setattr(key_service, "_client", Kms)
    body = b"{}" * 10_000
    public = public_of_kms("alias/tide", is_for_manifests=True)
    key = minisign.PublicKey(bytes.fromhex(public["keyval"]["public"]))

    sign = manifest_signer_at("awskms:alias/tide", public)
    text = minisign.sign(body, key=key, sign_bytes=sign, untrusted="tide", trusted="number:1")

    _require_signed(body, text, private.public_key())
    assert [len(message["Message"]) for message in asked] == [64, 64 + len("number:1")]
    assert {message["SigningAlgorithm"] for message in asked} == {"ED25519_SHA_512"}
    assert {message["MessageType"] for message in asked} == {"RAW"}
    # As botocore knows the call.
    for message in asked:
        _require_valid(kms, message)


def _require_signed(body, text, key):
    lines = text.splitlines()
    signed, whole = base64.b64decode(lines[1]), base64.b64decode(lines[3])
    assert lines[2] == "trusted comment: number:1"
    key.verify(signed[10:], hashlib.blake2b(body).digest())
    key.verify(whole, signed[10:] + b"number:1")


def _require_valid(kms, parameters):
    from botocore.validate import ParamValidator

    shape = kms.meta.service_model.operation_model("Sign").input_shape
    assert not ParamValidator().validate(parameters, shape).has_errors()
    assert parameters["SigningAlgorithm"] in shape.members["SigningAlgorithm"].enum
