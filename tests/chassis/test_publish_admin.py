"""What an editor sees of a job in the admin, and the button on a failed one."""

from __future__ import annotations

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.chassis.test_publish import publish

pytestmark = pytest.mark.django_db
JOBS = "/admin/chassis/publishjob/"


@pytest.fixture
def browser_of(db):
    """`browser_of("view_publishjob")`: a member of staff with these permissions, in the admin."""

    def make(*permissions: str) -> Client:
        user = User.objects.create_user("edith", password="x" * 20, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(user)
        return browser

    return make


def test_a_published_job_shows_its_receipt_as_a_table(shelf, run_tasks, browser_of, settings):
    shelf.put("index.html", "home", rule="LISTING")
    job = publish(shelf, run_tasks)
    edith = browser_of("view_publishjob")

    listed = edith.get(JOBS).content.decode()
    shown = edith.get(f"{JOBS}{job.pk}/change/").content.decode()

    line = job.receipt["files"][0]
    assert "The shelf" in listed
    assert f'<a href="{line["url"]}">{line["url"]}</a></td><td>{line["milliseconds"]} ms</td>' in shown
    assert line["sha256"][:12] in shown
    assert "1 written, 0 removed" in shown
    assert 'value="Try again"' not in shown


def test_a_refused_job_shows_what_to_mend_as_text(shelf, run_tasks, browser_of):
    shelf.set(refused="Describe <b>the cover</b>.")
    job = publish(shelf, run_tasks)

    shown = browser_of("view_publishjob").get(f"{JOBS}{job.pk}/change/").content.decode()

    assert "The shelf is not ready." in shown
    assert "<code>/cover</code> Describe &lt;b&gt;the cover&lt;/b&gt;." in shown
    # Who may only look has no button.
    assert 'value="Try again"' not in shown


def test_the_button_on_a_failed_job_tries_it_again(shelf, run_tasks, browser_of):
    shelf.set(refused="no")
    job = publish(shelf, run_tasks)
    shelf.content.pop("refused")
    shelf.put("a.html", "a")
    edith = browser_of("view_publishjob", "change_publishjob")

    shown = edith.get(f"{JOBS}{job.pk}/change/").content.decode()
    pressed = edith.post(f"{JOBS}{job.pk}/retry/", follow=True).content.decode()

    assert 'value="Try again"' in shown
    assert "1 job is tried again." in pressed
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"


def test_who_may_only_look_cannot_press_it_either(shelf, run_tasks, browser_of):
    shelf.set(refused="no")
    job = publish(shelf, run_tasks)

    browser_of("view_publishjob").post(f"{JOBS}{job.pk}/retry/")

    job.refresh_from_db()
    assert job.state == "failed"


def test_the_button_needs_a_press(shelf, run_tasks, browser_of):
    shelf.set(refused="no")
    job = publish(shelf, run_tasks)

    answer = browser_of("view_publishjob", "change_publishjob").get(f"{JOBS}{job.pk}/retry/")

    assert answer.status_code == 405


@pytest.mark.parametrize("page", ["publishjob", "publishedfile"])
def test_rows_are_neither_made_nor_changed_nor_deleted_by_hand(shelf, run_tasks, admin_client, page):
    shelf.put("a.html", "a")
    job = publish(shelf, run_tasks)
    rows = {"publishjob": job.pk, "publishedfile": shelf.key("a.html")}
    base = f"/admin/chassis/{page}/"
    address = f"{base}{quote(rows[page])}/"

    assert admin_client.get(base).status_code == 200
    assert admin_client.get(f"{address}change/").status_code == 200
    assert admin_client.get(f"{base}add/").status_code == 403
    assert admin_client.post(f"{address}delete/", {"post": "yes"}).status_code == 403


def test_others_see_nothing(shelf, run_tasks, browser_of):
    job = publish(shelf, run_tasks)

    assert browser_of("view_group").get(f"{JOBS}{job.pk}/change/").status_code == 403
