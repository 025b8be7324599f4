"""The real electron-updater, in Node, from the edge."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from django.utils import timezone

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates import electron_client
from tests.updates.conftest import API
from tests.updates.published import Publisher, random_bytes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sdk,
    pytest.mark.usefixtures("edge"),
]
MZ = b"MZ\x90\x00"
OLD = MZ + random_bytes("tide", 2_000_000)
# A few chunks are others.
NEW = OLD[:600_000] + random_bytes("news", 50_000) + OLD[650_000:] + b"more"


@pytest.fixture(scope="session", autouse=True)
def node_packages():
    """electron-updater."""
    electron_client.install()


@pytest.fixture
def tide(edith, run_tasks, object_store, settings):
    """A product that serves electron-updater."""
    settings.CLOUDFRONT_ACCESS_KEY_ID = settings.CLOUDFRONT_SECRET_ACCESS_KEY = "publisher"
    return Publisher(edith, run_tasks, formats=["electron"])


@pytest.fixture
def app(tide, tmp_path):
    """`app(version="1.0.0", …)`: an installation looks for an update."""

    def run(**wanted):
        values = {
            "platform": "win32",
            "version": "1.0.0",
            "feed": f"{tide.base}/electron",
            "directory": str(tmp_path),
        }
        return electron_client.run(**{**values, **wanted})

    return run


def setup_files(version, body):
    return {
        f"Tide-Setup-{version}.exe": body,
        f"Tide-Setup-{version}.exe.blockmap": electron_client.block_map(body),
    }


@pytest.mark.parametrize(
    ("platform", "arch"), [("win32", "x64"), ("darwin", "arm64"), ("linux", "x64"), ("linux", "arm64")]
)
def test_a_channel_without_a_release_is_no_error_to_any_client(app, platform, arch):
    found = app(platform=platform, arch=arch)

    assert (found["error"], found["isAvailable"]) == (None, False)


def test_one_that_may_go_back_is_not_sent_to_an_empty_channel(tide, app):
    tide.channel("beta")

    found = app(channel="beta")

    assert (found["error"], found["isAvailable"], found["version"]) == (None, False, "0.0.0")


def test_an_application_updates_and_checks_what_it_got(tide, app):
    tide.publish("1.1.0", setup_files("1.1.0", NEW), notes="Faster, “quoted” & 1e3\n\n* ü 🌊")

    found = app(download=True)

    assert found["error"] is None
    assert found["version"] == "1.1.0"
    assert found["notes"] == "Faster, “quoted” & 1e3\n\n* ü 🌊"
    assert Path(found["file"]).read_bytes() == NEW
    assert app(version="1.1.0")["isAvailable"] is False


def test_only_the_blocks_that_changed_are_downloaded(tide, app, tmp_path):
    tide.publish("1.0.0", setup_files("1.0.0", OLD))
    tide.publish("1.1.0", setup_files("1.1.0", NEW))
    installed = tmp_path / "old.exe"
    installed.write_bytes(OLD)

    found = app(download=True, installed=str(installed))

    assert Path(found["file"]).read_bytes() == NEW
    exe = [request for request in found["requests"] if request["path"].endswith(".exe")]
    assert {request["status"] for request in exe} == {206}
    assert sum(request["bytes"] for request in exe) < len(NEW) / 10
    maps = [request["path"] for request in found["requests"] if request["path"].endswith(".blockmap")]
    assert [path.rpartition("/")[2] for path in sorted(maps)] == [
        "Tide-Setup-1.0.0.exe.blockmap",
        "Tide-Setup-1.1.0.exe.blockmap",
    ]


@pytest.mark.parametrize("broken", ["map", "map of another file", "installed file"])
def test_what_is_broken_of_a_difference_leads_to_the_whole_file(tide, app, tmp_path, broken):
    maps = {"map": b"\x1f\x8bbroken", "map of another file": electron_client.block_map(OLD[::-1])}
    files = setup_files("1.1.0", NEW)
    files["Tide-Setup-1.1.0.exe.blockmap"] = maps.get(broken, files["Tide-Setup-1.1.0.exe.blockmap"])
    tide.publish("1.0.0", setup_files("1.0.0", OLD))
    tide.publish("1.1.0", files)
    installed = tmp_path / "old.exe"
    # Far from what differs, so that the client takes these bytes from the file that it has.
    harmed = OLD[:100_000] + b"damaged!" * 125 + OLD[101_000:]
    installed.write_bytes(harmed if broken == "installed file" else OLD)

    found = app(download=True, installed=str(installed))

    assert found["error"] is None
    assert Path(found["file"]).read_bytes() == NEW
    whole = [one for one in found["requests"] if one["path"].endswith(".exe") and one["status"] == 200]
    assert [one["bytes"] for one in whole] == [len(NEW)]


def test_an_appimage_is_downloaded_as_a_whole(tide, app, tmp_path):
    head = b"\x7fELF\x02\x01\x01\x00AI\x02"
    tide.publish("1.0.0", {"Tide-1.0.0.AppImage": head + OLD})
    tide.publish("1.1.0", {"Tide-1.1.0.AppImage": head + NEW})
    (tmp_path / "app.AppImage").write_bytes(head + OLD)

    found = app(platform="linux", download=True)

    assert Path(found["file"]).read_bytes() == head + NEW
    assert found["error"] is None


def test_bytes_that_are_not_the_published_ones_are_refused(tide, app, edge_server):  # noqa: F811
    tide.publish("1.1.0", setup_files("1.1.0", NEW))
    # What somebody at the edge could do: the file of another release under this one's name.
    from chassis.storage import s3_client

    name = f"artifacts/{tide.slug}/Tide-Setup-1.1.0.exe"
    s3_client().put_object(Bucket=edge_server.bucket, Key=name, Body=OLD)
    feed = f"http://127.0.0.1:{edge_server.origin_port}/updates/{tide.slug}/electron"
    manifest = httpx.get(f"{feed}/latest.yml").text.replace(
        f":{edge_server.files_url.rpartition(':')[2]}/", f":{edge_server.origin_port}/"
    )
    s3_client().put_object(
        Bucket=edge_server.bucket, Key=f"updates/{tide.slug}/electron/evil.yml", Body=manifest.encode()
    )

    found = app(download=True, feed=feed, channel="evil")

    assert found["error"] == "ERR_CHECKSUM_MISMATCH"


def test_a_staged_release_goes_to_those_within_alone(tide, app):
    release = tide.draft("1.1.0", setup_files("1.1.0", NEW))
    tide.ask(release, "rollout", {"steps": [{"percent": 10}]})
    tide.ask(release, "publish")

    within = app(stagingId="00000000-0000-4000-8000-000000000001")
    outside = app(stagingId="ffffffff-ffff-4fff-8fff-ffffffffffff")

    assert (within["isAvailable"], outside["isAvailable"]) == (True, False)


def test_a_release_that_waits_for_its_first_day_hides_nothing(tide, app):
    tide.publish("1.0.1", setup_files("1.0.1", NEW))
    release = tide.draft("1.1.0", setup_files("1.1.0", NEW))
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    tide.ask(release, "rollout", {"steps": [{"percent": 10, "at": tomorrow}]})
    tide.ask(release, "publish")

    found = app()

    assert (found["isAvailable"], found["version"]) == (True, "1.0.1")


def test_at_a_hundred_per_cent_nobody_is_left_out(tide, app):
    tide.publish("1.1.0", setup_files("1.1.0", NEW))

    manifest = httpx.get(f"{tide.base}/electron/latest.yml").text

    assert "stagingPercentage" not in manifest
    assert app(stagingId="ffffffff-ffff-4fff-8fff-ffffffffffff")["isAvailable"] is True


def test_each_platform_gets_the_newest_release_that_has_a_file_for_it(tide, app):
    mac = {"Tide-1.0.1-arm64-mac.zip": b"PK\x03\x04mac arm", "Tide-1.0.1-mac.zip": b"PK\x03\x04mac"}
    appimage = b"\x7fELF\x02\x01\x01\x00AI\x02" + b"." * 50
    tide.publish("1.0.1", {**mac, "Tide-1.0.1.AppImage": appimage, "Tide-1.0.1-arm64.AppImage": appimage})
    tide.publish("1.1.0", setup_files("1.1.0", NEW))

    versions = {
        name: yaml.safe_load(httpx.get(f"{tide.base}/electron/{name}.yml").text)["version"]
        for name in ("latest", "latest-mac", "latest-linux", "latest-linux-arm64")
    }

    assert versions == {
        "latest": "1.1.0",
        "latest-mac": "1.0.1",
        "latest-linux": "1.0.1",
        "latest-linux-arm64": "1.0.1",
    }
    assert app(platform="linux", arch="arm64")["version"] == "1.0.1"


def test_a_beta_has_files_of_its_own(tide, app):
    tide.channel("beta")
    tide.publish("1.2.0-beta.1", setup_files("1.2.0-beta.1", NEW), channel="beta")

    assert app(channel="beta")["version"] == "1.2.0-beta.1"
    assert app()["isAvailable"] is False


def test_a_release_that_electron_updater_would_stumble_over_is_refused_and_can_be_mended(tide):
    dmg = b"." * 600 + b"koly" + b"." * 508
    release = tide.draft("1.1.0", {"Tide-1.1.0.dmg": dmg})

    refused = tide.ask(release, "publish")
    tide.add(release, "Tide-1.1.0-mac.zip", b"PK\x03\x04mac")
    mended = tide.ask(release, "publish")

    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/release-unfit")
    assert ".zip" in refused.json()["detail"]
    assert mended.status_code == 202


@pytest.mark.parametrize(
    ("product", "word"),
    [({"version_scheme": "pep440"}, "SemVer"), ({"slug": "app-x64"}, "x64"), ({"slug": "ia32"}, "ia32")],
)
def test_a_product_that_electron_updater_cannot_read_is_refused_at_its_formats(edith, product, word):
    body = {"slug": "tide-e", "name": "Tide", "formats": ["electron"], **product}

    answer = edith.post(f"{API}/products", body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/formats"
    assert word in answer.json()["errors"][0]["detail"]
    assert edith.get(f"{API}/products/{body['slug']}").status_code == 404


def test_a_format_is_added_and_not_taken_away(edith, product, run_tasks):
    added = edith.patch(f"{API}/products/{product}", {"formats": ["electron"]})
    run_tasks()
    taken = edith.patch(f"{API}/products/{product}", {"formats": []})

    assert added.json()["formats"] == ["electron"]
    assert taken.status_code == 400
    assert edith.get(f"{API}/products/{product}").json()["formats"] == ["electron"]
