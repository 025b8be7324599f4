"""Editors make products, channels and releases in the admin; what is wrong stands at its field."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from chassis.models import PublishJob, StaffIdentity
from tests.updates.conftest import zip_of
from updates.models import AuditEntry, Channel, Product, Release

pytestmark = pytest.mark.django_db
ADD_RELEASE = "/admin/updates/release/add/"


@pytest.fixture
def editor(django_user_model):
    """A browser of an editor, as the groups of the provider make one."""
    user = django_user_model.objects.create_user("edith", is_staff=True)
    group = Group.objects.create(name="editors")
    group.permissions.set(Permission.objects.filter(content_type__app_label="updates"))
    user.groups.add(group)
    StaffIdentity.objects.create(user=user, issuer="test", subject="edith")
    browser = Client()
    browser.force_login(user)
    return browser


def errors_of(answer):
    """The fields of a refused form with their findings."""
    return answer.context["adminform"].form.errors


def test_a_product_made_in_the_admin_is_made_by_the_command(editor):
    body = {"name": "Tide", "slug": "tide", "summary": "", "version_scheme": "semver"}

    answer = editor.post("/admin/updates/product/add/", body)

    assert answer.status_code == 302
    assert list(Channel.objects.values_list("slug", flat=True)) == ["stable"]
    assert AuditEntry.objects.get(action="product_created").actor == "edith"


def test_a_channel_is_made_and_renamed(editor, product):
    body = {"product": Product.objects.get().pk, "name": "Beta", "slug": "beta", "is_announced": ""}
    editor.post("/admin/updates/channel/add/", body)
    beta = Channel.objects.get(slug="beta")

    answer = editor.post(f"/admin/updates/channel/{beta.pk}/change/", {"name": "Early", "is_announced": "on"})

    assert answer.status_code == 302
    beta.refresh_from_db()
    assert (beta.name, beta.is_announced) == ("Early", True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": "1.0.0"}, "version"),
        ({"version": "one"}, "version"),
        ({"minimum_version": "9.0.0"}, "minimum_version"),
    ],
)
def test_a_wrong_version_is_told_at_the_field(editor, release, change, field):
    body = {"channel": Channel.objects.get().pk, "version": "1.1.0", "notes": "", "minimum_version": ""}

    refused = editor.post(ADD_RELEASE, {**body, **change})
    made = editor.post(ADD_RELEASE, body)

    assert list(errors_of(refused)) == [field]
    assert made.status_code == 302
    assert Release.objects.count() == 2


def test_notes_change_by_the_command_while_the_release_is_open(editor, release):
    answer = editor.post(
        f"/admin/updates/release/{release['id']}/change/", {"notes": "New", "minimum_version": ""}
    )

    assert answer.status_code == 302
    assert Release.objects.get().revision == 2


def test_the_page_of_a_release_has_its_buttons_and_steps(editor, release):
    page = editor.get(f"/admin/updates/release/{release['id']}/change/").content.decode()

    assert 'id="publish" disabled' in page
    assert "Discard" in page
    assert "release created" in page


def test_a_release_is_published_and_withdrawn_with_the_buttons(
    editor, release, add_artifact, run_tasks, empty_public_bucket
):
    add_artifact(zip_of("tide"))
    address = f"/admin/updates/release/{release['id']}"

    editor.post(f"{address}/publish/")
    run_tasks()
    page = editor.get(f"{address}/change/").content.decode()
    published = Release.objects.get().state
    editor.post(f"{address}/withdraw/")

    assert published == "published"
    assert "/updates/tide/stable.json" in page
    assert "Withdraw" in page
    assert Release.objects.get().state == "withdrawn"


def test_what_the_command_refuses_is_told_on_the_page(editor, release):
    answer = editor.post(f"/admin/updates/release/{release['id']}/publish/", follow=True)

    assert "Add at least one file first." in answer.content.decode()
    assert Release.objects.get().state == "draft"


def test_a_link_publishes_nothing(editor, release):
    assert editor.get(f"/admin/updates/release/{release['id']}/publish/").status_code == 405


def test_nothing_is_deleted(editor, release):
    address = f"/admin/updates/release/{release['id']}/delete/"

    assert editor.post(address, {"post": "yes"}).status_code == 403
    assert Release.objects.count() == 1


def test_a_second_person_approves_with_the_button_what_she_saw(
    editor, release, add_artifact, django_user_model
):
    Product.objects.update(needs_second_person=True)
    add_artifact(zip_of("tide"))
    address = f"/admin/updates/release/{release['id']}"
    editor.post(f"{address}/submit/")
    hers = editor.get(f"{address}/change/").content.decode()
    other = django_user_model.objects.create_superuser("ada")
    StaffIdentity.objects.create(user=other, issuer="test", subject="ada")
    browser = Client()
    browser.force_login(other)
    page = browser.get(f"{address}/change/").content.decode()
    seen = Release.objects.get().revision

    browser.post(f"{address}/approve/", {"revision": seen - 1})
    stale = Release.objects.get().state
    browser.post(f"{address}/approve/", {"revision": seen})

    assert "Waits for somebody else" in hers
    assert 'id="approve"' in page
    assert (stale, Release.objects.get().state) == ("verified", "approved")


def test_a_rollout_is_planned_drawn_and_paused_with_the_buttons(
    editor, release, add_artifact, run_tasks, empty_public_bucket
):
    add_artifact(zip_of("tide"))
    address = f"/admin/updates/release/{release['id']}"
    editor.post(f"{address}/rollout/", {"percent": "10", "schedule": "1 % now, 100 % in 2 days"})
    editor.post(f"{address}/publish/")
    run_tasks()
    page = editor.get(f"{address}/change/").content.decode()

    wrong = editor.post(f"{address}/rollout/", {"percent": "0", "schedule": ""}, follow=True)
    editor.post(f"{address}/rollout/", {"percent": "10", "schedule": ""})
    editor.post(f"{address}/pause/")

    assert 'class="curve"' in page
    assert "offered to 1 % of the installations" in page
    assert "style=" not in page[page.index('id="rollout"') : page.index("</svg>")]
    assert "A rollout only grows" in wrong.content.decode()
    assert (Release.objects.get().rollout_percent, Release.objects.get().state) == (10, "paused")


def test_before_publishing_it_shows_what_will_change_for_whom(
    editor, edith, release, add_artifact, run_tasks, empty_public_bucket
):
    add_artifact(zip_of("tide"))
    editor.post(f"/admin/updates/release/{release['id']}/publish/")
    run_tasks()
    body = {"channel": "stable", "version": "1.1.0"}
    later = edith.post("/api/updates/v1/products/tide/releases", body).json()
    add_artifact(zip_of("tide 1.1"), "tide-1.1.0-linux.zip", to=later["id"])
    editor.post(f"/admin/updates/release/{later['id']}/rollout/", {"percent": "10"})

    page = editor.get(f"/admin/updates/release/{later['id']}/change/")
    preview = page.context["preview"]

    [audience] = preview.audiences
    assert [(one.version, one.percent) for one in audience.before] == [("1.0.0", 100)]
    assert [(one.version, one.percent) for one in audience.after] == [("1.1.0", 10), ("1.0.0", 100)]
    assert [file.key for file in preview.files] == ["updates/tide/stable.json"]
    added = [line.text for line in preview.files[0].lines if line.kind == "add"]
    assert any('"version": "1.1.0"' in line for line in added)
    assert "What publishing would change" in page.content.decode()
    assert Release.objects.get(version="1.1.0").state == "verified"


@pytest.mark.parametrize(
    ("state", "step", "button"),
    [
        ("published", "publish", "Publish again"),
        ("paused", "pause", "Pause"),
        ("withdrawn", "withdraw", "Withdraw"),
    ],
)
def test_what_did_not_reach_the_edge_is_asked_for_again_by_its_button(editor, release, state, step, button):
    failed = PublishJob.objects.create(
        kind="updates.product", argument="x", scope="updates:x", title="x", requested_by="x", state="failed"
    )
    Release.objects.update(state=state, job=failed)
    page = f"/admin/updates/release/{release['id']}/change/"
    before = editor.get(page).content.decode()

    editor.post(f"/admin/updates/release/{release['id']}/{step}/")

    assert f"/{step}/" in before
    assert button in before
    made = Release.objects.get()
    assert (made.state, made.job_id != failed.id) == (state, True)
    assert f"/{step}/" not in editor.get(page).content.decode()
