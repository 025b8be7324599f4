"""tuf-js, TUF's client in TypeScript, from the edge: nothing of it is of who wrote the metadata."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import httpx
import pytest

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.sdk import node
from tests.updates.conftest import zip_of
from tests.updates.hostile_edge import HostileEdge
from tests.updates.root_holders import manage
from tests.updates.test_tuf import holders, rooted, tide  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.sdk, pytest.mark.usefixtures("edge")]
DIRECTORY = Path(__file__).with_name("tuf_js")
NAME = "tide-1.0.0-linux.zip"
BODY = zip_of("tide for linux", size=100_000)
MANIFEST = "manifests/stable.json"


@pytest.fixture(scope="session", autouse=True)
def node_packages():
    """tuf-js."""
    node.install(DIRECTORY)


@pytest.fixture
def mallory(edge):  # noqa: F811
    """She has an edge in front of the real one."""
    hostile = HostileEdge(edge.files_url)
    yield hostile
    hostile.stop()


@pytest.fixture
def app(rooted, edge, tmp_path):  # noqa: F811
    """`app(name, …)`: an installation that got the first root looks for these targets; at `at` if said."""
    directory = tmp_path / "app"
    directory.mkdir()
    (directory / "root.json").write_bytes(httpx.get(f"{rooted.base}/tuf/1.root.json").content)

    def update(*paths, at=edge.files_url):
        found = node.run(
            DIRECTORY / "updater.cjs",
            {
                "directory": str(directory),
                "metadata": f"{at}/updates/{rooted.slug}/tuf/",
                "targets": f"{at}/artifacts/{rooted.slug}/",
                "paths": paths,
            },
        )
        return {
            **found,
            "files": {name: file and Path(file).read_bytes() for name, file in found["files"].items()},
        }

    return update


def test_an_application_finds_its_file_in_the_signed_manifest_and_gets_it(rooted, app):  # noqa: F811
    before = app(MANIFEST, NAME)
    rooted.publish("1.0.0", {NAME: BODY})

    found = app(MANIFEST, NAME)

    assert (before["error"], before["files"][NAME]) == (None, None)
    assert found["error"] is None
    assert json.loads(found["files"][MANIFEST])["latest"]["files"][0]["file_name"] == NAME
    assert found["files"][NAME] == BODY


def test_an_application_of_the_first_day_follows_roots_and_keys(rooted, app, holders):  # noqa: F811
    app()
    for role in ("timestamp", "snapshot", "targets"):
        manage("keys", rooted.slug, "--role", role)
        holders.make_root(rooted.slug)
        rooted.run_tasks()
    rooted.publish("1.0.0", {NAME: BODY})

    found = app(NAME)

    assert (found["error"], found["root"]) == (None, 4)
    assert found["files"][NAME] == BODY


def test_a_file_is_found_in_its_hash_bin(rooted, app, add_history):  # noqa: F811
    app()
    add_history(rooted.slug, 1100)
    rooted.publish("2.0.0", {"tide-2.0.0-linux.zip": BODY})

    found = app("tide-2.0.0-linux.zip", MANIFEST, "tide-2.0.1-linux.zip")

    assert found["error"] is None
    assert found["files"]["tide-2.0.0-linux.zip"] == BODY
    assert json.loads(found["files"][MANIFEST])["latest"]["version"] == "2.0.0"
    assert found["files"]["tide-2.0.1-linux.zip"] is None


def test_an_older_timestamp_is_refused(rooted, app, mallory):  # noqa: F811
    path = f"/updates/{rooted.slug}/tuf/timestamp.json"
    mallory.answers[path] = httpx.get(mallory.url + path).content
    rooted.publish("1.0.0", {NAME: BODY})
    app()

    refused = app(NAME, at=mallory.url)
    mallory.answers.clear()

    assert "is less than current version" in refused["error"]
    assert app(NAME, at=mallory.url)["files"][NAME] == BODY


def test_a_changed_file_is_refused(rooted, app, mallory):  # noqa: F811
    rooted.publish("1.0.0", {NAME: BODY})
    hashed = f"{hashlib.sha256(BODY).hexdigest()}.{NAME}"
    mallory.answers[f"/artifacts/{rooted.slug}/{hashed}"] = BODY[:-1] + b"!"

    assert "hash" in app(NAME, at=mallory.url)["error"].lower()


def test_mallorys_signature_is_not_believed(rooted, app, mallory):  # noqa: F811
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Metadata

    path = f"/updates/{rooted.slug}/tuf/timestamp.json"
    forged = Metadata.from_bytes(httpx.get(mallory.url + path).content)
    forged.sign(CryptoSigner.generate_ed25519())
    mallory.answers[path] = forged.to_bytes()

    assert "signed by 0/1 keys" in app(at=mallory.url)["error"]
