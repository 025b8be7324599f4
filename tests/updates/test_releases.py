"""Releases: versions rise within a channel, notes change while they are open, and who did it is known."""

from __future__ import annotations

import pytest

from tests.updates.conftest import API
from updates.models import Release
from updates.versions import is_newer, version_finding

pytestmark = pytest.mark.django_db
RELEASES = f"{API}/products/tide/releases"


def test_a_release_begins_as_a_draft(edith, release):
    assert release["state"] == "draft"
    assert (release["product"], release["channel"], release["created_by"]) == ("tide", "stable", "edith")
    assert edith.get(f"{API}/releases/{release['id']}").json() == release
    assert edith.get(RELEASES).json()["items"] == [release]


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9", "1.0.0-rc.1", "1.0.0+build.2"])
def test_a_version_that_is_not_higher_is_told_at_the_field(edith, release, version):
    refused = edith.post(RELEASES, {"channel": "stable", "version": version})
    higher = edith.post(RELEASES, {"channel": "stable", "version": "1.0.1"})

    assert refused.status_code == 400
    finding = refused.json()["errors"][0]
    assert (finding["pointer"], finding["code"]) == ("/version", "not-higher")
    assert "1.0.0" in finding["detail"]
    assert higher.status_code == 201
    assert Release.objects.count() == 2


@pytest.mark.parametrize(
    "version", ["", "1", "1.0", "v1.0.0", "01.0.0", "1.0.0 ", "1.0.0\n", "latest", "1.0.0/.."]
)
def test_a_version_that_is_none_is_told_at_the_field(edith, product, version):
    answer = edith.post(RELEASES, {"channel": "stable", "version": version})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/version"
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("scheme", "text", "is_good"),
    [
        ("semver", "2.0.0-rc.1", True),
        ("pep440", "2.0rc1", True),
        ("pep440", "2.0.rc1", False),
        ("pep440", "v2.0", False),
        ("pep440", "2.0+local", False),
        ("pep440", "1!2.0", False),
        ("integer", "42", True),
        ("integer", "042", False),
        ("integer", "-1", False),
        ("integer", "٤٢", False),
        ("integer", "9" * 19, False),
    ],
)
def test_each_scheme_knows_its_versions(scheme, text, is_good):
    assert (version_finding(scheme, text) == "") is is_good


@pytest.mark.parametrize(
    ("scheme", "lower", "higher"),
    [
        ("semver", "1.9.0", "1.10.0"),
        ("semver", "1.0.0-rc.1", "1.0.0"),
        ("pep440", "1.0rc1", "1.0"),
        ("integer", "9", "10"),
    ],
)
def test_each_scheme_knows_the_order_of_its_versions(scheme, lower, higher):
    assert is_newer(scheme, higher, lower)
    assert not is_newer(scheme, lower, higher)


def test_a_channel_that_is_not_there_is_a_404(edith, product):
    assert edith.post(RELEASES, {"channel": "beta", "version": "1.0.0"}).status_code == 404
    assert (
        edith.post(f"{API}/products/none/releases", {"channel": "stable", "version": "1.0.0"}).status_code
        == 404
    )


@pytest.mark.parametrize(("minimum", "code"), [("one", "not-a-version"), ("1.0.1", "too-high")])
def test_a_minimum_version_that_nobody_can_have_is_told_at_the_field(edith, release, minimum, code):
    answer = edith.patch(f"{API}/releases/{release['id']}", {"minimum_version": minimum})

    finding = answer.json()["errors"][0]
    assert (answer.status_code, finding["pointer"], finding["code"]) == (400, "/minimum_version", code)


def test_notes_change_and_an_old_etag_is_refused(edith, release):
    address = f"{API}/releases/{release['id']}"

    changed = edith.patch(address, {"notes": "First.\n\n* All of it"}, if_match=1)
    stale = edith.patch(address, {"notes": "Other"}, if_match=1)

    assert (changed.status_code, stale.status_code) == (200, 412)
    assert Release.objects.get().notes == "First.\n\n* All of it"


def test_a_discarded_release_is_closed_and_its_version_free(edith, release):
    address = f"{API}/releases/{release['id']}"

    first = edith.post(f"{address}/discard", {})
    twice = edith.post(f"{address}/discard", {})
    change = edith.patch(address, {"notes": "Late"})
    again = edith.post(RELEASES, {"channel": "stable", "version": "1.0.0"})

    assert (first.json()["state"], twice.status_code) == ("discarded", 200)
    assert change.status_code == 409
    assert change.json()["type"].endswith("/release-closed")
    assert again.status_code == 201
