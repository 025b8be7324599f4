"""Artifacts: declared, uploaded straight to the store, verified; what is wrong is told at its field."""

from __future__ import annotations

import hashlib

import pytest

from chassis.objects import find_object
from tests.updates.conftest import API, declaration, send_parts, zip_of
from updates.models import Artifact, AuditEntry, Release
from updates.names import name_finding

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("object_store")]
PART = 8 * 1024**2
BODY = zip_of("tide for linux")


@pytest.fixture
def artifacts(release):
    """The address of the release's artifacts."""
    return f"{API}/releases/{release['id']}/artifacts"


def state_of(release):
    """The release's state now."""
    return Release.objects.get(id=release["id"]).state


def test_a_verified_artifact_verifies_its_release(edith, release, artifacts, add_artifact):
    artifact = add_artifact(BODY)

    assert (artifact["state"], artifact["finding"]) == ("verified", "")
    assert (artifact["size"], artifact["sha256"]) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert artifact["sha512"] == hashlib.sha512(BODY).hexdigest()
    assert state_of(release) == "verified"
    assert edith.get(f"{API}/releases/{release['id']}").json()["artifacts"] == [artifact]


def test_a_release_waits_for_all_of_its_artifacts(edith, release, artifacts, add_artifact):
    add_artifact(BODY)

    edith.post(artifacts, declaration(zip_of("for mac"), "tide-1.0.0-mac.zip", operating_system="macos"))

    assert state_of(release) == "draft"


def test_bytes_that_are_not_the_declared_ones_are_refused_with_the_reason(release, add_artifact):
    artifact = add_artifact(BODY, sent=zip_of("tide for linuX"))

    assert artifact["state"] == "refused"
    assert "SHA-256" in artifact["finding"]
    assert (artifact["sha256"], artifact["size"]) == ("", None)
    assert state_of(release) == "draft"


@pytest.mark.parametrize(
    "name", ["tide-1.0.0.zip", "tide-1.0.0.exe", "tide-1.0.0.tar.gz", "tide-1.0.0.AppImage"]
)
def test_bytes_that_are_not_what_the_name_says_are_refused(add_artifact, name):
    artifact = add_artifact(b"<html>" * 200, name)

    assert artifact["state"] == "refused"
    assert "The name says" in artifact["finding"]


def test_the_right_bytes_are_taken_after_the_wrong_ones(edith, release, add_artifact, run_tasks):
    artifact = add_artifact(BODY, sent=zip_of("tide for linuX"))

    send_parts(edith, artifact["id"], BODY)
    edith.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})
    run_tasks()

    assert Artifact.objects.get().state == "verified"
    assert state_of(release) == "verified"


@pytest.mark.parametrize(
    "name",
    [
        "../tide-1.0.0.zip",
        "tide/1.0.0.zip",
        "tide\\1.0.0.zip",
        "tide-1.0.0..zip",
        ".tide-1.0.0.zip",
        "tide-1.0.0.",
        "tide-1.0.0\u202egpj.zip",
        "tide-1.0.0\u200b.zip",
        "tide-1.0.0\n.zip",
        "tide 1.0.0.zip",
        "tide-1.0.0%2f.zip",
        "tíde-1.0.0.zip",
        "tide.zip",
        "tide-11.0.0.zip",
        "tide-1.0.01.zip",
        "con.1.0.0.zip",
        f"{'a' * 64}.1.0.0.zip",
        f"{'a' * 150}1.0.0.zip",
    ],
)
def test_a_file_name_that_is_not_safe_is_told_at_the_field(edith, artifacts, name):
    answer = edith.post(artifacts, declaration(BODY, name))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/file_name"
    assert not Artifact.objects.exists()


@pytest.mark.parametrize(
    ("name", "version"),
    [("Tide_1.0.0-x64.zip", "1.0.0"), ("tide-1.0.0-b2.zip", "1.0.0+b2"), ("tide.42.exe", "42")],
)
def test_a_plain_file_name_with_its_version_is_taken(name, version):
    assert name_finding(name, version=version) == ""


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"size": 0}, "/size"),
        ({"size": -1}, "/size"),
        ({"sha256": "F" * 64}, "/sha256"),
        ({"sha256": "f" * 63}, "/sha256"),
        ({"kind": "installer"}, "/file_name"),
        ({"kind": "blockmap"}, "/file_name"),
        ({"kind": "signature"}, "/file_name"),
        ({"operating_system": "amiga"}, "/operating_system"),
    ],
)
def test_a_wrong_declaration_is_told_at_its_field(edith, artifacts, change, pointer):
    answer = edith.post(artifacts, declaration(BODY, **change))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Artifact.objects.exists()


def test_the_same_declaration_again_is_harmless(edith, artifacts):
    first = edith.post(artifacts, declaration(BODY))
    again = edith.post(artifacts, declaration(BODY))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert AuditEntry.objects.filter(action="artifact_added").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"sha256": "0" * 64}, {"size": 5}, {"operating_system": "macos"}, {"file_name": "Tide-1.0.0-linux.zip"}],
)
def test_a_used_name_is_refused_for_anything_else(edith, artifacts, change):
    edith.post(artifacts, declaration(BODY))

    answer = edith.post(artifacts, {**declaration(BODY), **change})

    assert answer.status_code == 400
    finding = answer.json()["errors"][0]
    assert (finding["pointer"], finding["code"]) == ("/file_name", "file-name-taken")
    assert Artifact.objects.get().declared_sha256 == hashlib.sha256(BODY).hexdigest()


def test_another_channels_release_names_the_same_artifact(edith, product, release, add_artifact):
    artifact = add_artifact(BODY)
    edith.post(f"{API}/products/{product}/channels", {"slug": "beta", "name": "Beta"})
    body = {"channel": "beta", "version": "1.0.0"}
    promoted = edith.post(f"{API}/products/{product}/releases", body).json()

    answer = edith.post(f"{API}/releases/{promoted['id']}/artifacts", declaration(BODY))

    assert answer.json() == artifact
    assert state_of(promoted) == "verified"


# --- The way of the bytes -----------------------------------------------------------------------


def test_an_upload_that_stopped_in_the_middle_goes_on_with_the_missing_part(edith, artifacts, run_tasks):
    body = zip_of("large", size=PART)
    artifact = edith.post(artifacts, declaration(body)).json()
    upload = f"{API}/artifacts/{artifact['id']}/upload"
    send_parts(edith, artifact["id"], body, numbers=[2])

    early = edith.post(f"{upload}/completion", {})
    resumed = edith.post(upload, {}).json()
    send_parts(edith, artifact["id"], body, numbers=[1])
    complete = edith.post(f"{upload}/completion", {})
    run_tasks()

    assert early.status_code == 409
    assert early.json()["missing_bytes"] == PART
    assert (resumed["part_count"], [part["number"] for part in resumed["parts"]]) == (2, [2])
    assert complete.json()["state"] == "uploaded"
    assert Artifact.objects.get().state == "verified"


def test_completing_twice_is_completing_once(edith, artifacts, queued_tasks):
    artifact = edith.post(artifacts, declaration(BODY)).json()
    send_parts(edith, artifact["id"], BODY)
    completion = f"{API}/artifacts/{artifact['id']}/upload/completion"

    answers = [edith.post(completion, {}) for _ in range(2)]

    assert [answer.json()["state"] for answer in answers] == ["uploaded", "uploaded"]
    assert queued_tasks().count("verify_artifact") == 1


def test_a_completion_whose_answer_was_lost_is_found_done(edith, artifacts, queued_tasks, monkeypatch):
    artifact = edith.post(artifacts, declaration(BODY)).json()
    send_parts(edith, artifact["id"], BODY)
    completion = f"{API}/artifacts/{artifact['id']}/upload/completion"
    with monkeypatch.context() as patched:
        # The process dies after the store has joined the parts.
        patched.setattr("updates.commands.uploads._mark_uploaded", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            edith.post(completion, {})
    before = queued_tasks()

    again = edith.post(completion, {})

    assert "verify_artifact" not in before
    assert again.json()["state"] == "uploaded"
    assert queued_tasks().count("verify_artifact") == 1


def test_more_bytes_than_declared_are_thrown_away(edith, artifacts):
    artifact = edith.post(artifacts, declaration(BODY)).json()
    send_parts(edith, artifact["id"], BODY + b"!")

    answer = edith.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})
    again = edith.post(f"{API}/artifacts/{artifact['id']}/upload", {}).json()

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/size"
    assert again["parts"] == []


def test_a_part_that_the_file_has_not_is_told_at_the_field(edith, artifacts):
    artifact = edith.post(artifacts, declaration(BODY)).json()
    upload = f"{API}/artifacts/{artifact['id']}/upload"
    not_begun = edith.post(f"{upload}/urls", {"numbers": [1]})
    edith.post(upload, {})

    answer = edith.post(f"{upload}/urls", {"numbers": [1, 2]})

    assert not_begun.status_code == 404
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/numbers")


def test_a_verified_artifact_takes_no_other_bytes(edith, add_artifact):
    artifact = add_artifact(BODY)

    answer = edith.post(f"{API}/artifacts/{artifact['id']}/upload", {})

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/artifact-complete")


def test_verifying_twice_changes_nothing(add_artifact):
    from updates import commands

    artifact = add_artifact(BODY)
    steps = AuditEntry.objects.count()

    commands.verify_artifact(artifact_id=artifact["id"])

    assert AuditEntry.objects.count() == steps


def test_an_object_that_vanished_is_told_at_the_artifact(edith, artifacts, run_tasks):
    from chassis.objects import delete_object

    artifact = edith.post(artifacts, declaration(BODY)).json()
    send_parts(edith, artifact["id"], BODY)
    edith.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})
    delete_object(bucket="quartet-uploads", key=Artifact.objects.get().upload_key)

    run_tasks()

    assert "not there" in edith.get(f"{API}/artifacts/{artifact['id']}").json()["finding"]


def test_a_removed_artifact_is_deleted_and_its_name_free(edith, artifacts, add_artifact, run_tasks):
    artifact = add_artifact(BODY)
    key = Artifact.objects.get().upload_key

    answer = edith.delete(f"{artifacts}/{artifact['id']}")
    twice = edith.delete(f"{artifacts}/{artifact['id']}")
    run_tasks()
    other = edith.post(artifacts, declaration(zip_of("other bytes")))

    assert (answer.status_code, twice.status_code, other.status_code) == (204, 404, 201)
    assert find_object(bucket="quartet-uploads", key=key) is None


def test_a_discarded_release_takes_its_artifacts_with_it(edith, release, add_artifact, run_tasks):
    add_artifact(BODY)
    key = Artifact.objects.get().upload_key

    edith.post(f"{API}/releases/{release['id']}/discard", {})
    run_tasks()

    assert not Artifact.objects.exists()
    assert find_object(bucket="quartet-uploads", key=key) is None
