"""Publishing: artifacts first, then what names them, then the receipt; withdrawing the other way."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from django.conf import settings

from chassis.models import PublishJob
from tests.updates.conftest import API, declaration, zip_of
from updates import queries
from updates.models import AuditEntry, Product, Release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]
BODY = zip_of("tide for linux", size=100_000)


def get(path, **headers):
    """What a client gets at the public address."""
    return httpx.get(f"{settings.PUBLIC_URL}/{path}", headers=headers)


@pytest.fixture
def verified(add_artifact, release):
    """A release of one verified file."""
    add_artifact(BODY)
    return release


@pytest.fixture
def published(edith, verified, run_tasks):
    """A release that the public address serves."""
    edith.post(f"{API}/releases/{verified['id']}/publish", {})
    run_tasks()
    return verified


def test_an_empty_channel_has_its_manifest_from_the_first_day(product, run_tasks):
    run_tasks()

    manifest = get("updates/tide/stable.json").json()
    assert (manifest["channel"], manifest["latest"], manifest["previous"]) == ("stable", None, [])
    assert "Tide" in get("updates/tide/index.html").text
    assert "Tide" in get("updates/index.html").text


def test_a_release_is_publishing_until_the_receipt_and_then_published(edith, verified, run_tasks):
    address = f"{API}/releases/{verified['id']}"

    asked = edith.post(f"{address}/publish", {})
    before = get("updates/tide/stable.json").json()["latest"]
    run_tasks()

    assert (asked.status_code, asked.json()["state"]) == (202, "publishing")
    assert before is None
    assert edith.get(address).json()["state"] == "published"
    job = PublishJob.objects.get(kind="updates.product", title__endswith="publish")
    assert job.state == PublishJob.State.PUBLISHED
    assert any(line["url"].endswith("/stable.json") for line in job.receipt["files"])


def test_the_manifest_names_bytes_that_are_served_with_their_hashes(published):
    manifest = get("updates/tide/stable.json")
    file = manifest.json()["latest"]["files"][0]

    served = httpx.get(file["url"])

    assert served.content == BODY
    assert (file["size"], file["sha256"]) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert file["sha512"] == hashlib.sha512(BODY).hexdigest()
    assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "s-maxage=60" in manifest.headers["Cache-Control"]


def test_a_download_that_broke_off_goes_on_with_a_range(published):
    url = get("updates/tide/stable.json").json()["latest"]["files"][0]["url"]
    first = httpx.get(url, headers={"Range": "bytes=0-999"})

    rest = httpx.get(url, headers={"Range": "bytes=1000-", "If-Range": first.headers["ETag"]})

    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["Accept-Ranges"] == "bytes"
    assert first.content + rest.content == BODY


def test_the_api_reads_the_same_bytes_as_are_published(anonymous, published):
    answer = anonymous.get(f"{API}/manifests/tide/stable")

    assert answer.content == get("updates/tide/stable.json").content
    assert anonymous.get(f"{API}/manifests/tide/stable", if_none_match=answer["ETag"]).status_code == 304
    assert anonymous.get(f"{API}/manifests/tide/none").status_code == 404


def test_the_manifest_holds_to_the_published_schema(published):
    import jsonschema

    manifest = get("updates/tide/stable.json").json()
    schema = httpx.get(manifest["$schema"]).json()

    jsonschema.validate(manifest, schema)


def test_checksums_page_and_feed_tell_the_release(published):
    sums = get("updates/tide/stable/1.0.0/SHA256SUMS").text
    page = get("updates/tide/index.html").text
    feed = get("updates/tide/feed.atom").text

    digest = hashlib.sha256(BODY).hexdigest()
    assert sums == f"{digest}  tide-1.0.0-linux.zip\n"
    assert digest in page
    assert f"{settings.PUBLIC_URL}/artifacts/tide/tide-1.0.0-linux.zip" in page
    assert "<title>Tide 1.0.0 (stable)</title>" in feed


def test_notes_are_shown_without_what_would_run(edith, verified, run_tasks):
    notes = "# New\n\n<script>alert(1)</script> [x](javascript:alert(1)) **all of it**"
    edith.patch(f"{API}/releases/{verified['id']}", {"notes": notes})
    edith.post(f"{API}/releases/{verified['id']}/publish", {})
    run_tasks()

    page = get("updates/tide/index.html").text

    assert "<strong>all of it</strong>" in page
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert get("updates/tide/stable.json").json()["latest"]["notes"] == notes


def test_the_next_release_leaves_the_one_before_among_the_previous(edith, published, add_artifact, run_tasks):
    body = {"channel": "stable", "version": "1.1.0"}
    later = edith.post(f"{API}/products/tide/releases", body).json()
    add_artifact(zip_of("tide 1.1"), "tide-1.1.0-linux.zip", to=later["id"])
    edith.post(f"{API}/releases/{later['id']}/publish", {})
    run_tasks()

    manifest = get("updates/tide/stable.json").json()

    assert manifest["latest"]["version"] == "1.1.0"
    assert [release["version"] for release in manifest["previous"]] == ["1.0.0"]


def test_publishing_twice_is_publishing_once(edith, verified, run_tasks):
    address = f"{API}/releases/{verified['id']}/publish"

    answers = [edith.post(address, {}) for _ in range(2)]
    run_tasks()
    after = edith.post(address, {})

    assert [answer.status_code for answer in answers] == [202, 202]
    assert after.json()["state"] == "published"
    assert AuditEntry.objects.filter(action="release_publishing").count() == 1


@pytest.mark.parametrize("body", [BODY, b""])
def test_a_release_with_unverified_files_is_not_published(edith, release, body, run_tasks):
    edith.post(f"{API}/releases/{release['id']}/artifacts", declaration(body or BODY))

    answer = edith.post(f"{API}/releases/{release['id']}/publish", {})
    run_tasks()

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/release-not-verified")
    assert "tide-1.0.0-linux.zip" in answer.json()["detail"]
    assert get("updates/tide/stable.json").json()["latest"] is None


def test_a_release_without_files_is_not_published(edith, release):
    answer = edith.post(f"{API}/releases/{release['id']}/publish", {})

    assert answer.status_code == 409
    assert Release.objects.get().state == "draft"


def test_a_published_release_is_closed(edith, published):
    address = f"{API}/releases/{published['id']}"

    change = edith.patch(address, {"notes": "Other"})
    discard = edith.post(f"{address}/discard", {})
    add = edith.post(f"{address}/artifacts", declaration(BODY, "tide-1.0.0-mac.zip"))

    assert {answer.status_code for answer in (change, discard, add)} == {409}
    assert Release.objects.get().state == "published"


def test_a_withdrawn_release_is_named_nowhere_and_its_files_go_later(
    edith, published, run_tasks, let_time_pass
):
    url = get("updates/tide/stable.json").json()["latest"]["files"][0]["url"]

    asked = edith.post(f"{API}/releases/{published['id']}/withdraw", {})
    run_tasks()
    manifest = get("updates/tide/stable.json").json()
    while_clients_may_still_come = httpx.get(url).status_code
    let_time_pass()
    run_tasks()

    told = edith.get(f"{API}/releases/{published['id']}", if_none_match=asked["ETag"])
    assert asked.json()["state"] == "withdrawn"
    assert (told.status_code, told.json()["receipt"]["state"]) == (200, "published")
    assert (manifest["latest"], manifest["previous"]) == (None, [])
    assert "1.0.0" not in get("updates/tide/index.html").text
    assert (while_clients_may_still_come, httpx.get(url).status_code) == (200, 404)


def test_a_withdrawn_release_stays_withdrawn_and_its_name_taken(edith, published, run_tasks):
    edith.post(f"{API}/releases/{published['id']}/withdraw", {})
    run_tasks()
    body = {"channel": "stable", "version": "1.0.1"}
    later = edith.post(f"{API}/products/tide/releases", body).json()

    again = edith.post(f"{API}/releases/{published['id']}/publish", {})
    same_name = {**declaration(b"PK\x03\x04other", "tide-1.0.0-linux.zip")}
    taken = edith.post(f"{API}/releases/{later['id']}/artifacts", same_name)

    assert again.status_code == 409
    assert taken.status_code == 400
    assert get("updates/tide/stable.json").json()["latest"] is None


def test_a_draft_is_not_withdrawn(edith, release):
    assert edith.post(f"{API}/releases/{release['id']}/withdraw", {}).status_code == 409


def test_a_failed_publish_is_told_and_tried_again(edith, verified, run_tasks, settings):
    from chassis.storage import s3_client

    key = "artifacts/tide/tide-1.0.0-linux.zip"
    s3_client().put_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key, Body=b"somebody else's")
    edith.post(f"{API}/releases/{verified['id']}/publish", {})
    run_tasks()
    failed = Release.objects.get()
    job = PublishJob.objects.get(kind="updates.product", title__endswith="publish")
    manifest = get("updates/tide/stable.json").json()

    s3_client().delete_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)
    edith.post(f"{API}/releases/{verified['id']}/publish", {})
    run_tasks()

    assert (failed.state, job.state) == ("publishing", "failed")
    assert key in job.error
    assert manifest["latest"] is None
    assert Release.objects.get().state == "published"
    assert get("updates/tide/stable.json").json()["latest"]["version"] == "1.0.0"


def test_every_step_of_a_release_is_in_the_audit(edith, published, run_tasks):
    edith.post(f"{API}/releases/{published['id']}/withdraw", {})
    run_tasks()

    found = AuditEntry.objects.exclude(action="signing_key_added").order_by("number")
    steps = list(found.values_list("action", "actor"))

    assert steps[2:] == [
        ("release_created", "edith"),
        ("artifact_added", "edith"),
        ("artifact_uploaded", "edith"),
        ("artifact_verified", "verifier"),
        ("release_approved", "edith"),
        ("release_publishing", "edith"),
        ("release_published", "publisher"),
        ("release_withdrawn", "edith"),
    ]
    assert queries.find_audit_break(Product.objects.get()) is None


def test_a_promoted_artifact_stays_when_one_of_its_releases_is_withdrawn(
    edith, product, published, run_tasks, let_time_pass
):
    edith.post(f"{API}/products/{product}/channels", {"slug": "beta", "name": "Beta"})
    body = {"channel": "beta", "version": "1.0.0"}
    beta = edith.post(f"{API}/products/{product}/releases", body).json()
    edith.post(f"{API}/releases/{beta['id']}/artifacts", declaration(BODY))
    edith.post(f"{API}/releases/{beta['id']}/publish", {})
    edith.post(f"{API}/releases/{published['id']}/withdraw", {})
    run_tasks()
    let_time_pass()
    run_tasks()

    file = get("updates/tide/beta.json").json()["latest"]["files"][0]

    assert httpx.get(file["url"]).content == BODY
