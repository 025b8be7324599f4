"""TUF's attacks, played by a hostile edge with the published repository, against python-tuf's client."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import httpx
import pytest
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    SlowRetrievalError,
    UnsignedMetadataError,
)
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates.conftest import zip_of
from tests.updates.hostile_edge import HostileEdge
from tests.updates.test_tuf import Installation, holders, rooted, tide  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge"), pytest.mark.slow]
NAME = "tide-1.0.0-linux.zip"
BODY = zip_of("tide for linux", size=50_000)


@pytest.fixture
def mallory(edge):  # noqa: F811
    """She has the edge."""
    hostile = HostileEdge(edge.files_url)
    yield hostile
    hostile.stop()


@pytest.fixture
def released(rooted):  # noqa: F811
    """The product with a release."""
    rooted.publish("1.0.0", {NAME: BODY})
    return rooted


@pytest.fixture
def app(released, mallory, tmp_path):
    """An installation that asks her edge; it has seen the release."""
    there = SimpleNamespace(
        base=f"{mallory.url}/updates/{released.slug}", files=f"{mallory.url}/artifacts/{released.slug}"
    )
    app = Installation(tmp_path / "app", there)
    assert app.latest() == "1.0.0"
    return app


@pytest.fixture
def metadata(released):
    """`metadata("timestamp")`: a file of the repository as it is published now, and where it is."""

    def read(role):
        address = f"{released.base}/tuf/{role}.json"
        return f"/updates/{released.slug}/tuf/{role}.json", httpx.get(address).content

    return read


def version_of(body):
    return json.loads(body)["signed"]["version"]


def newest(metadata, role):
    """A versioned file as timestamp and snapshot name it."""
    _, timestamp = metadata("timestamp")
    number = json.loads(timestamp)["signed"]["meta"]["snapshot.json"]["version"]
    if role == "targets":
        _, snapshot = metadata(f"{number}.snapshot")
        number = json.loads(snapshot)["signed"]["meta"]["targets.json"]["version"]
    return metadata(f"{number}.{role}")


def publish_next(released):
    released.publish("1.1.0", {"tide-1.1.0-linux.zip": zip_of("1.1")})


def test_without_an_attack_the_same_edge_serves_the_update(released, app):
    publish_next(released)

    assert app.latest() == "1.1.0"
    assert app.fetch(NAME) == BODY


def test_rollback_an_older_timestamp_is_refused(released, app, mallory, metadata):
    path, old = metadata("timestamp")
    publish_next(released)
    assert app.latest() == "1.1.0"
    mallory.answers[path] = old

    with pytest.raises(BadVersionNumberError):
        app.latest()
    mallory.answers.clear()
    assert app.latest() == "1.1.0"


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_rollback_and_mix_and_match_an_older_file_in_the_place_of_the_newest(
    released, app, mallory, metadata, role
):
    _, old = newest(metadata, role)
    publish_next(released)
    path, _ = newest(metadata, role)
    mallory.answers[path] = old

    with pytest.raises(BadVersionNumberError):
        app.latest()


def test_freeze_what_she_keeps_serving_expires(released, app, mallory, metadata, monkeypatch):
    path, old = metadata("timestamp")
    mallory.answers[path] = old
    publish_next(released)
    held_back = app.latest()
    from tuf.ngclient._internal import trusted_metadata_set

    class InEightDays(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=8)

    then = SimpleNamespace(datetime=InEightDays, timezone=timezone)
    monkeypatch.setattr(trusted_metadata_set, "datetime", then)

    assert held_back == "1.0.0"
    with pytest.raises(ExpiredMetadataError):
        app.latest()


def test_arbitrary_software_is_not_taken(released, app, mallory):
    import hashlib

    hashed = f"/artifacts/{released.slug}/{hashlib.sha256(BODY).hexdigest()}.{NAME}"
    mallory.answers[hashed] = BODY[:-1] + b"!"

    with pytest.raises(LengthOrHashMismatchError):
        app.fetch(NAME)
    mallory.answers[hashed] = BODY + b"and more"
    with pytest.raises((LengthOrHashMismatchError, DownloadLengthMismatchError)):
        app.fetch(NAME)


def test_another_manifest_is_not_taken(released, app, mallory):
    publish_next(released)
    manifest = httpx.get(f"{released.base}/stable.json").content
    import hashlib

    path = f"/artifacts/{released.slug}/manifests/{hashlib.sha256(manifest).hexdigest()}.stable.json"
    mallory.answers[path] = manifest.replace(b"1.1.0", b"6.6.6")

    with pytest.raises(LengthOrHashMismatchError):
        app.latest()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_what_is_signed_by_another_key_is_not_believed(released, app, mallory, metadata, role):
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Metadata

    publish_next(released)
    path, body = metadata("timestamp") if role == "timestamp" else newest(metadata, role)
    forged = Metadata.from_bytes(body)
    forged.sign(CryptoSigner.generate_ed25519())
    mallory.answers[path] = forged.to_bytes()

    with pytest.raises(UnsignedMetadataError):
        app.latest()


def test_changed_metadata_under_the_old_signature_is_not_believed(released, app, mallory, metadata):
    publish_next(released)
    path, body = metadata("timestamp")
    number = version_of(body)
    mallory.answers[path] = body.replace(f'"version":{number}}}}}'.encode(), b'"version":99}}')

    with pytest.raises(UnsignedMetadataError):
        app.latest()


def test_a_root_of_her_own_is_not_followed(released, app, mallory, metadata):
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Metadata

    _, body = metadata("1.root")
    hers = CryptoSigner.generate_ed25519()
    root = Metadata.from_bytes(body)
    root.signed.version = 2
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.signed.roles[role].keyids = []
        root.signed.add_key(hers.public_key, role)
        root.signed.roles[role].threshold = 1
    root.sign(hers)
    mallory.answers[f"/updates/{released.slug}/tuf/2.root.json"] = root.to_bytes()

    with pytest.raises(UnsignedMetadataError):
        app.latest()


def test_endless_data_is_cut_off(released, app, mallory, metadata):
    path, _ = metadata("timestamp")
    mallory.answers[path] = mallory.send_endless

    with pytest.raises(DownloadLengthMismatchError):
        app.latest()

    assert mallory.sent < 20_000_000


def test_an_endless_file_is_cut_off_at_its_length(released, app, mallory):
    import hashlib

    hashed = f"/artifacts/{released.slug}/{hashlib.sha256(BODY).hexdigest()}.{NAME}"
    mallory.answers[hashed] = mallory.send_endless

    with pytest.raises(DownloadLengthMismatchError):
        app.fetch(NAME)


def test_an_edge_that_never_answers_is_given_up(app, mallory, metadata):
    path, _ = metadata("timestamp")
    mallory.answers[path] = mallory.never_answer

    with pytest.raises(SlowRetrievalError):
        app.latest(fetcher=Urllib3Fetcher(socket_timeout=1))
