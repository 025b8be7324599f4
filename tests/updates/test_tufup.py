"""An application built with tufup, from the edge: it updates by patches, its publisher's or ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates import tufup_environment
from tests.updates.conftest import API
from tests.updates.hostile_edge import HostileEdge
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
    made = tufup("build", directory=str(tmp_path_factory.mktemp("build")), versions=["1.0", "1.1", "1.2"])
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
def recorder(tide, settings):
    """An edge that passes on what is published, writes down what it is asked for, and may be hostile."""
    hostile = HostileEdge(settings.PUBLIC_URL)
    yield hostile
    hostile.stop()


def targets_of(tide):
    """What the repository offers now."""
    tuf = f"{tide.base}/tuf"
    snapshot = httpx.get(f"{tuf}/timestamp.json").json()["signed"]["meta"]["snapshot.json"]["version"]
    versions = httpx.get(f"{tuf}/{snapshot}.snapshot.json").json()["signed"]["meta"]
    document = httpx.get(f"{tuf}/{versions['targets.json']['version']}.targets.json").json()
    return document["signed"]["targets"]


def files_asked(recorder):
    """The files that a client asked for, without the hash before their names."""
    return [path.rpartition("/")[2][65:] for path in recorder.asked if path.startswith("/artifacts/")]


def archive(build, version):
    """A release without a patch."""
    name = f"tide-{version}.tar.gz"
    return {name: build[0][name]}


def brought(tide, release):
    """What became of the differences of a release, as its publisher reads it."""
    found = tide.edith.get(f"{API}/releases/{release}").json()
    return [
        one for artifact in found["artifacts"] for one in artifact["deltas"] if one["format"] == "bsdiff4"
    ]


@pytest.fixture
def app(tide, tufup, tmp_path):
    """An installation of 1.0."""
    directory = tmp_path / "app"
    (directory / "metadata").mkdir(parents=True)
    (directory / "targets").mkdir()
    root = httpx.get(f"{tide.base}/tuf/1.root.json").content
    (directory / "metadata" / "root.json").write_bytes(root)

    def update(version="1.0", archive=None, by=None, **arguments):
        if archive is not None:
            (directory / "targets" / f"tide-{version}.tar.gz").write_bytes(archive)
        urls = {"metadata_url": f"{tide.base}/tuf/", "files_url": f"{tide.files}/"}
        if by is not None:
            urls = {name: url.replace(by.real, by.url) for name, url in urls.items()}
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
    tide.publish("1.0", {"tide-1.0.tar.gz": files["tide-1.0.tar.gz"]})
    tide.publish("1.1", {name: files[name] for name in ("tide-1.1.tar.gz", "tide-1.1.patch")})

    custom = targets_of(tide)["tide-1.1.patch"]["custom"]
    assert custom == {"user": None, "tufup": sums["tide-1.1.patch"]}


def test_an_application_updates_by_patches_that_were_made_here(tide, app, build, recorder):
    for version in ("1.0", "1.1", "1.2"):
        tide.publish(version, archive(build, version))

    updated = app(archive=build[0]["tide-1.0.tar.gz"], by=recorder)

    assert updated["installed"] == "tide 1.2\n"
    assert sorted(files_asked(recorder)) == ["tide-1.1.patch", "tide-1.2.patch"]
    patches = [one for one in targets_of(tide).items() if one[0].endswith(".patch")]
    assert len(patches) == 2
    assert all(patch["length"] < 10_000 for _, patch in patches)


def test_a_patch_that_the_edge_broke_leads_to_the_whole_archive(tide, app, build, recorder):
    tide.publish("1.0", archive(build, "1.0"))
    tide.publish("1.1", archive(build, "1.1"))
    entry = targets_of(tide)["tide-1.1.patch"]
    path = f"/artifacts/{tide.slug}/{entry['hashes']['sha256']}.tide-1.1.patch"
    recorder.answers[path] = b"BSDIFF40" + b"\0" * (entry["length"] - 8)

    updated = app(archive=build[0]["tide-1.0.tar.gz"], by=recorder)

    assert files_asked(recorder) == ["tide-1.1.patch", "tide-1.1.tar.gz"]
    assert updated["installed"] == "tide 1.1\n"


def test_a_patch_that_does_not_apply_is_never_offered_and_holds_up_nothing(tide, app, build):
    tide.publish("1.0", archive(build, "1.0"))
    # By mistake the one to 1.2.
    files = {**archive(build, "1.1"), "tide-1.1.patch": build[0]["tide-1.2.patch"]}

    release = tide.draft("1.1", files)
    before = brought(tide, release)
    tide.ask(release, "publish")

    updated = app(archive=build[0]["tide-1.0.tar.gz"])
    assert updated["loaded"] == ["tide-1.1.tar.gz"]
    assert "tide-1.1.patch" not in targets_of(tide)
    assert httpx.get(f"{tide.files}/tide-1.1.patch").status_code == 404
    for told in (before, brought(tide, release)):
        assert [one["state"] for one in told] == ["refused"]
        assert told[0]["finding"].startswith("It does not lead from tide-1.0.tar.gz to tide-1.1.tar.gz.")


def test_who_is_below_a_version_without_patch_goes_there_first(tide, app, build):
    tide.publish("1.0", archive(build, "1.0"))
    tide.publish("1.1", {**archive(build, "1.1"), "tide-1.1.patch": b"BSDIFF40 is none"})
    tide.publish("1.2", archive(build, "1.2"))

    first = app(archive=build[0]["tide-1.0.tar.gz"])
    then = app(version="1.1")

    assert (first["loaded"], first["installed"]) == (["tide-1.1.tar.gz"], "tide 1.1\n")
    assert (then["loaded"], then["installed"]) == (["tide-1.2.patch"], "tide 1.2\n")


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
