"""The signature over plain manifests: by the recipe of the documentation, and by the tool where it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature

from tests.updates.conftest import zip_of
from tests.updates.published import Publisher
from updates.commands.keys import add_signing_key
from updates.models import SignedFile
from updates.signing import minisign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]
PAGE = Path(__file__).parents[2] / "docs" / "updates" / "json.md"


@pytest.fixture(scope="module")
def newest():
    """The client of `docs/updates/json.md`, as it stands there."""
    program = re.search(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert program is not None
    names: dict[str, Any] = {}
    exec(program[1], names)
    return names["newest"]


@pytest.fixture
def tide(edith, run_tasks, object_store):
    """A product, whose empty channel is published."""
    return Publisher(edith, run_tasks)


@pytest.fixture
def public_key(tide):
    """What is packed into an application."""
    line: str = httpx.get(f"{tide.base}/minisign.pub").text.splitlines()[1]
    return line


def test_a_client_believes_the_manifest_and_sees_whether_there_is_news(tide, public_key, newest):
    seen: dict[str, Any] = {}
    empty = newest(tide.base, "stable", public_key, seen)
    without_news = newest(tide.base, "stable", public_key, seen)
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})

    found = newest(tide.base, "stable", public_key, seen)

    assert (empty["latest"], without_news) == (None, None)
    assert found["latest"]["version"] == "1.0.0"
    assert found == httpx.get(f"{tide.base}/stable.json").json()
    assert seen["number"] == 2


def test_a_look_without_news_is_small(tide):
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})

    assert len(httpx.get(f"{tide.base}/stable.json.minisig").content) <= 400


@pytest.fixture
def hostile(tide, settings):
    """`hostile("stable.json.minisig", text)`: what somebody at the edge puts in the place of a file."""
    from chassis.storage import s3_client

    def put(name: str, body: str | bytes) -> None:
        body = body if isinstance(body, bytes) else body.encode()
        key = f"updates/{tide.slug}/{name}"
        s3_client().put_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key, Body=body)

    return put


def test_an_older_signature_is_refused(tide, public_key, newest, hostile):
    old = httpx.get(f"{tide.base}/stable.json.minisig").text
    seen: dict[str, Any] = {}
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})
    newest(tide.base, "stable", public_key, seen)
    hostile("stable.json.minisig", old)

    with pytest.raises(ValueError, match="older"):
        newest(tide.base, "stable", public_key, seen)


def test_another_channels_signature_is_refused(tide, public_key, newest, hostile):
    tide.channel("beta")
    hostile("stable.json.minisig", httpx.get(f"{tide.base}/beta.json.minisig").text)

    with pytest.raises(ValueError, match="another channel"):
        newest(tide.base, "stable", public_key, {})


@pytest.mark.parametrize("changed", ["number:1", "sha256:"])
def test_a_changed_comment_is_refused(tide, public_key, newest, hostile, changed):
    text = httpx.get(f"{tide.base}/stable.json.minisig").text
    hostile("stable.json.minisig", text.replace(changed, f"{changed}0"))

    with pytest.raises(InvalidSignature):
        newest(tide.base, "stable", public_key, {})


def test_other_bytes_under_the_signed_name_are_refused(tide, public_key, newest, hostile):
    text = httpx.get(f"{tide.base}/stable.json.minisig").text
    digest = text.partition("sha256:")[2][:64]
    hostile(f"stable/{digest}.json", json.dumps({"latest": {"version": "9.9.9"}}))

    with pytest.raises(InvalidSignature):
        newest(tide.base, "stable", public_key, {})


def test_an_endless_file_is_not_loaded(tide, public_key, newest, hostile):
    hostile("stable.json.minisig", b"x" * 5_000_000)

    with pytest.raises(ValueError, match="more than there can be"):
        newest(tide.base, "stable", public_key, {})


def test_what_has_expired_is_refused(tide, public_key, newest, monkeypatch):
    import time

    later = time.time() + 8 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)

    with pytest.raises(ValueError, match="expired"):
        newest(tide.base, "stable", public_key, {})


def test_mallorys_key_is_refused(tide, public_key, newest):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    mallory = minisign.PublicKey(Ed25519PrivateKey.generate().public_key().public_bytes_raw())

    with pytest.raises(ValueError, match="another key"):
        newest(tide.base, "stable", mallory.line, {})
    assert newest(tide.base, "stable", public_key, {}) is not None


def test_minisigns_own_library_verifies_the_published_files_and_refuses_others(tide):
    from minisign import KeyPair, PublicKey, Signature, VerifyError

    tide.channel("beta")
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})
    key = PublicKey.from_bytes(httpx.get(f"{tide.base}/minisign.pub").content)
    bodies = {name: httpx.get(f"{tide.base}/{name}.json").content for name in ("stable", "beta")}
    signatures = {
        name: Signature.from_bytes(httpx.get(f"{tide.base}/{name}.json.minisig").content) for name in bodies
    }
    mallory = KeyPair.generate().public_key

    for name, signature in signatures.items():
        key.verify(bodies[name], signature)
        assert f"file:{name}.json" in signature.trusted_comment
    body, signature = bodies["stable"], signatures["stable"]
    for other in (body[:-2] + b" }", body + b"\n", bodies["beta"]):
        with pytest.raises(VerifyError, match="verification failed"):
            key.verify(other, signature)
    with pytest.raises(VerifyError, match="incompatible key"):
        mallory.verify(body, signature)
    told = bytes(signature).replace(b"number:", b"number:9")
    with pytest.raises(VerifyError, match="verification failed"):
        key.verify(body, Signature.from_bytes(told))


def test_the_tool_verifies_the_published_file(tide, public_key, tmp_path):
    tool = shutil.which("minisign")
    if tool is None:
        pytest.skip("minisign is not installed")
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})
    for name in ("stable.json", "stable.json.minisig", "minisign.pub"):
        (tmp_path / name).write_bytes(httpx.get(f"{tide.base}/{name}").content)

    by_line = subprocess.run(
        [tool, "-Vm", tmp_path / "stable.json", "-P", public_key], capture_output=True, text=True
    )
    by_file = subprocess.run(
        [tool, "-Vm", tmp_path / "stable.json", "-p", tmp_path / "minisign.pub"],
        capture_output=True,
        text=True,
    )
    (tmp_path / "stable.json").write_text("{}")
    changed = subprocess.run([tool, "-Vm", tmp_path / "stable.json", "-P", public_key], capture_output=True)

    assert (by_line.returncode, by_file.returncode, changed.returncode) == (0, 0, 1), by_line.stderr
    assert "number:2" in by_line.stdout


def test_a_newer_key_signs_from_the_next_publish_on(tide, public_key, newest):
    product = SignedFile.objects.get(product__slug=tide.slug, role="manifest:stable").product
    add_signing_key(actor="test", product=product.slug, role="manifest")
    until_then = newest(tide.base, "stable", public_key, {})
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})

    now = httpx.get(f"{tide.base}/minisign.pub").text.splitlines()[1]

    assert until_then is not None
    assert now != public_key
    assert newest(tide.base, "stable", now, {})["latest"]["version"] == "1.0.0"


def test_where_no_key_can_be_made_nothing_is_signed_and_all_is_published(
    edith, run_tasks, object_store, settings
):
    settings.UPDATES_KEYS_PASSPHRASE = ""

    tide = Publisher(edith, run_tasks)

    assert httpx.get(f"{tide.base}/stable.json").status_code == 200
    assert httpx.get(f"{tide.base}/stable.json.minisig").status_code == 404
