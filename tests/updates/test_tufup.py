"""An application built with tufup, from the edge: 1.0 becomes 1.1 by the patch that its publisher made."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates import tufup_environment
from tests.updates.conftest import API
from tests.updates.published import Publisher
from tests.updates.root_holders import RootHolders

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sdk,
    pytest.mark.usefixtures("edge"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="session")
def python():
    """A Python with tufup."""
    return tufup_environment.python()


@pytest.fixture(scope="session")
def tufup(python):
    """`tufup("build", …)`: one run of `program.py`."""

    def run(verb, **arguments):
        done = subprocess.run(
            [python, tufup_environment.DIRECTORY / "program.py", verb, json.dumps(arguments)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def build(tufup, tmp_path_factory):
    """What the publisher's build made, by name; and what tufup would write down of the tar inside."""
    made = tufup("build", directory=str(tmp_path_factory.mktemp("build")), old="1.0", new="1.1")
    return {Path(path).name: Path(path).read_bytes() for path in made["files"]}, made["sums"]


@pytest.fixture
def tide(edith, run_tasks, object_store, settings, tmp_path, monkeypatch):
    """A product that serves tufup, with its root."""
    settings.CLOUDFRONT_ACCESS_KEY_ID = settings.CLOUDFRONT_SECRET_ACCESS_KEY = "publisher"
    tide = Publisher(edith, run_tasks, formats=["tufup"], version_scheme="pep440")
    directory = tmp_path / "holders"
    directory.mkdir()
    RootHolders(directory, monkeypatch, names="a", threshold=1).make_root(tide.slug)
    run_tasks()
    return tide


@pytest.fixture
def app(tide, tufup, tmp_path):
    """An installation of 1.0."""
    directory = tmp_path / "app"
    (directory / "metadata").mkdir(parents=True)
    (directory / "targets").mkdir()
    root = httpx.get(f"{tide.base}/tuf/1.root.json").content
    (directory / "metadata" / "root.json").write_bytes(root)

    def update(version="1.0", archive=None, **arguments):
        if archive is not None:
            (directory / "targets" / f"tide-{version}.tar.gz").write_bytes(archive)
        urls = {"metadata_url": f"{tide.base}/tuf/", "files_url": f"{tide.files}/"}
        return tufup("update", directory=str(directory), version=version, **urls, **arguments)

    return update


def test_an_application_updates_by_the_patch(tide, app, build):
    files, _ = build
    tide.publish("1.0", {"tide-1.0.tar.gz": files["tide-1.0.tar.gz"]})
    nothing = app(archive=files["tide-1.0.tar.gz"])
    new = ("tide-1.1.tar.gz", "tide-1.1.patch")
    tide.publish("1.1", {name: files[name] for name in new})

    updated = app()

    assert nothing == {"found": None}
    assert updated["found"] == "1.1"
    assert updated["loaded"] == ["tide-1.1.patch"]
    assert updated["installed"] == "tide 1.1\n"
    assert len(files["tide-1.1.patch"]) < len(files["tide-1.1.tar.gz"]) / 2


def test_one_that_lacks_its_archive_gets_the_whole_application(tide, app, build):
    files, _ = build
    tide.publish("1.1", {name: files[name] for name in ("tide-1.1.tar.gz", "tide-1.1.patch")})

    updated = app()

    assert updated["loaded"] == ["tide-1.1.tar.gz"]
    assert updated["installed"] == "tide 1.1\n"


def test_what_is_said_of_the_tar_is_what_tufup_says(tide, build):
    files, sums = build
    tide.publish("1.1", {name: files[name] for name in ("tide-1.1.tar.gz", "tide-1.1.patch")})

    snapshot = httpx.get(f"{tide.base}/tuf/timestamp.json").json()["signed"]["meta"]["snapshot.json"][
        "version"
    ]
    versions = httpx.get(f"{tide.base}/tuf/{snapshot}.snapshot.json").json()["signed"]["meta"]
    address = f"{tide.base}/tuf/{versions['targets.json']['version']}.targets.json"
    targets = httpx.get(address).json()["signed"]["targets"]

    assert targets["tide-1.1.patch"]["custom"] == {"user": None, "tufup": sums}


def test_a_release_that_is_not_for_all_is_told_to_nobody_and_a_beta_to_who_asks(tide, app, build):
    files, _ = build
    tide.channel("beta")
    part = tide.draft("1.1", {"tide-1.1.tar.gz": files["tide-1.1.tar.gz"]})
    tide.ask(part, "rollout", {"steps": [{"percent": 50}]})
    tide.ask(part, "publish")
    tide.publish("1.2b1", {"tide-1.2b1.tar.gz": files["tide-1.1.tar.gz"]}, channel="beta")
    tide.publish("1.3", {"tide-1.3.tar.gz": files["tide-1.1.tar.gz"]}, channel="beta")

    assert app()["found"] is None
    assert app(pre="b")["found"] == "1.2b1"


def test_a_release_without_its_archive_is_refused(tide, build):
    files, _ = build
    release = tide.draft("1.1", {"tide-1.1.patch": files["tide-1.1.patch"]})

    refused = tide.ask(release, "publish")
    tide.add(release, "tide-1.1.tar.gz", files["tide-1.1.tar.gz"])

    assert refused.status_code == 409
    assert "tide-1.1.tar.gz" in refused.json()["detail"]
    assert tide.ask(release, "publish").status_code == 202


@pytest.mark.parametrize(
    "body", [{"formats": ["tuf", "tufup"], "version_scheme": "pep440"}, {"formats": ["tufup"]}]
)
def test_tufup_is_neither_served_beside_others_nor_without_its_versions(edith, body):
    answer = edith.post(f"{API}/products", {"slug": "tide-t", "name": "Tide", **body})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/formats"
