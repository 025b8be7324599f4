"""A release is submitted by its authors, and approved by somebody who did not work on it."""

from __future__ import annotations

import httpx
import pytest
from django.conf import settings

from tests.api_client import ApiClient
from tests.updates.conftest import API, declaration, zip_of
from updates import announcements
from updates.models import AuditEntry, Product, Release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]


@pytest.fixture
def bob(issuer):
    """Another editor."""
    return ApiClient(issuer.editor_token("bob"))


@pytest.fixture
def careful(product):
    """The product asks for a second person."""
    Product.objects.update(needs_second_person=True)


@pytest.fixture
def address(add_artifact, release):
    """The address of a verified release of Edith's."""
    add_artifact(zip_of("tide"))
    return f"{API}/releases/{release['id']}"


def code_of(answer):
    """The code of a problem."""
    return answer.json()["type"].rpartition("/")[2]


@pytest.mark.usefixtures("careful")
def test_a_second_person_approves_and_then_it_is_published(edith, bob, address, run_tasks):
    too_early = bob.post(f"{address}/approve", {})
    submitted = edith.post(f"{address}/submit", {})
    unapproved = edith.post(f"{address}/publish", {})
    approved = bob.post(f"{address}/approve", {})
    edith.post(f"{address}/publish", {})
    run_tasks()

    assert (too_early.status_code, code_of(too_early)) == (409, "release-not-submitted")
    assert submitted.json()["state"] == "verified"
    assert (unapproved.status_code, code_of(unapproved)) == (409, "release-not-approved")
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("approved", "bob")
    found = edith.get(address).json()
    assert (found["state"], found["submitted_by"], found["published_by"]) == ("published", "edith", "edith")


@pytest.mark.usefixtures("careful")
def test_approval_by_the_author_is_refused(edith, bob, address, run_tasks):
    edith.post(f"{address}/submit", {"publish": True})

    refused = edith.post(f"{address}/approve", {})
    run_tasks()

    assert (refused.status_code, code_of(refused)) == (403, "approval-by-author")
    assert Release.objects.get().state == "verified"
    assert httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()["latest"] is None
    assert bob.post(f"{address}/approve", {}).status_code == 200


@pytest.mark.usefixtures("careful")
def test_whoever_changed_a_release_is_one_of_its_authors(edith, bob, issuer, address):
    bob.patch(address, {"notes": "Bob's"})
    edith.post(f"{address}/submit", {})

    refused = bob.post(f"{address}/approve", {})

    assert code_of(refused) == "approval-by-author"
    carol = ApiClient(issuer.editor_token("carol"))
    assert carol.post(f"{address}/approve", {}).status_code == 200


@pytest.mark.usefixtures("careful")
def test_it_is_published_as_soon_as_it_is_approved(edith, bob, address, run_tasks):
    edith.post(f"{address}/submit", {"publish": True})
    bob.post(f"{address}/approve", {})
    run_tasks()

    found = edith.get(address).json()
    assert (found["state"], found["published_by"]) == ("published", "bob")
    assert announcements.announcement_of(Release.objects.get())["author_subject"] == "bob"


@pytest.mark.usefixtures("careful")
def test_what_changes_after_the_approval_is_not_approved(edith, bob, address):
    edith.post(f"{address}/submit", {})
    bob.post(f"{address}/approve", {})

    edith.patch(address, {"notes": "Something else"})

    found = edith.get(address).json()
    assert (found["state"], found["approved_by"], found["submitted_by"]) == ("verified", "", "")
    assert code_of(edith.post(f"{address}/publish", {})) == "release-not-approved"


@pytest.mark.usefixtures("careful")
@pytest.mark.parametrize("what", ["rollout", "file"])
def test_nor_is_what_gets_another_rollout_or_file(edith, bob, address, what):
    edith.post(f"{address}/submit", {})
    bob.post(f"{address}/approve", {})

    if what == "rollout":
        edith.post(f"{address}/rollout", {"steps": [{"percent": 50}]})
    else:
        edith.post(f"{address}/artifacts", declaration(zip_of("more"), "tide-1.0.0-mac.zip"))

    assert Release.objects.get().approved_by == ""
    assert edith.post(f"{address}/publish", {}).status_code == 409


@pytest.mark.usefixtures("careful")
def test_what_was_seen_is_approved_and_nothing_later(edith, bob, address):
    edith.post(f"{address}/submit", {})
    seen = bob.get(address)["ETag"]
    edith.patch(address, {"notes": "Changed meanwhile"})
    edith.post(f"{address}/submit", {})

    refused = bob.post(f"{address}/approve", {}, if_match=seen)

    assert refused.status_code == 412
    assert Release.objects.get().state == "verified"


def test_without_the_rule_submitting_approves_and_publishes(edith, address, run_tasks):
    for _ in range(2):
        assert edith.post(f"{address}/submit", {"publish": True}).status_code == 200
    run_tasks()

    assert edith.get(address).json()["state"] == "published"
    actions = AuditEntry.objects.filter(action__startswith="release_").order_by("number")
    assert list(actions.values_list("action", flat=True)) == [
        "release_created",
        "release_submitted",
        "release_approved",
        "release_publishing",
        "release_published",
    ]


def test_a_release_with_unverified_files_is_neither_submitted_nor_approved(edith, bob, release):
    address = f"{API}/releases/{release['id']}"
    edith.post(f"{address}/artifacts", declaration(zip_of("tide")))

    answers = [edith.post(f"{address}/submit", {}), bob.post(f"{address}/approve", {})]

    assert [code_of(answer) for answer in answers] == ["release-not-verified"] * 2
    assert Release.objects.get().state == "draft"


def test_a_discarded_release_is_not_submitted(edith, address):
    edith.post(f"{address}/discard", {})

    assert code_of(edith.post(f"{address}/submit", {})) == "release-closed"


@pytest.mark.usefixtures("careful")
def test_the_rule_is_not_switched_off_by_whom_it_binds(edith, issuer, product):
    refused = edith.patch(f"{API}/products/{product}", {"needs_second_person": False})
    renamed = edith.patch(f"{API}/products/{product}", {"name": "Tides"})
    admin = ApiClient(issuer.editor_token("ada", group="admins"))
    allowed = admin.patch(f"{API}/products/{product}", {"needs_second_person": False})

    assert (refused.status_code, code_of(refused)) == (403, "policy-of-admins")
    assert (renamed.status_code, allowed.status_code) == (200, 200)
    assert allowed.json()["needs_second_person"] is False


def test_what_an_author_approved_before_the_rule_waits_for_a_second_person(
    edith, bob, address, product, run_tasks
):
    edith.post(f"{address}/submit", {})
    approved = edith.get(address).json()["state"]
    edith.patch(f"{API}/products/{product}", {"needs_second_person": True})

    refused = edith.post(f"{address}/publish", {})
    edith.post(f"{address}/submit", {})
    own = edith.post(f"{address}/approve", {})
    second = bob.post(f"{address}/approve", {})
    edith.post(f"{address}/publish", {})
    run_tasks()

    assert approved == "approved"
    assert (code_of(refused), code_of(own)) == ("release-not-approved", "approval-by-author")
    assert second.json()["approved_by"] == "bob"
    assert edith.get(address).json()["state"] == "published"


def test_what_somebody_else_approved_before_the_rule_stays_approved(edith, bob, address, product):
    bob.post(f"{address}/approve", {})

    edith.patch(f"{API}/products/{product}", {"needs_second_person": True})

    assert edith.post(f"{address}/publish", {}).status_code == 202


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"minimum_systems": {"beos": "5"}}, "/minimum_systems"),
        ({"minimum_systems": {"macos": "Big Sur"}}, "/minimum_systems/macos"),
        ({"locales": ["de", "Deutsch"]}, "/locales/1"),
        ({"from_version": "2.0.0"}, "/from_version"),
        ({"from_version": "0.5.0", "below_version": "0.5.0"}, "/below_version"),
        ({"below_version": "one"}, "/below_version"),
        ({"build_number": -1}, "/build_number"),
    ],
)
def test_what_is_asked_of_installations_is_checked_at_its_field(edith, release, body, pointer):
    refused = edith.patch(f"{API}/releases/{release['id']}", body)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert Release.objects.get().revision == 1


def test_manifests_tell_what_is_asked_of_installations(edith, address, run_tasks):
    asked = {
        "minimum_systems": {"macos": "12.0", "windows": "10.0.19045"},
        "locales": ["de", "pt-BR"],
        "from_version": "0.9.0",
        "below_version": "1.0.0",
    }
    edith.patch(address, {**asked, "build_number": 117})
    edith.post(f"{address}/publish", {})
    run_tasks()

    latest = httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()["latest"]

    assert latest["requirements"] == asked
    assert latest["build_number"] == 117
