"""Staff look at profiles and hide them; they neither make nor delete one."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.commands import ensure_profile, update_profile
from accounts.models import Profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    """A browser of a superuser."""
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("root", password="a long password"))
    return browser


def test_hiding_a_profile_goes_through_the_command(staff: Client) -> None:
    profile = update_profile(subject="alice", if_versions=None, changes={"is_public": True, "bio": "Spam."})

    answer = staff.post(f"/admin/accounts/profile/{profile.pk}/change/", {"display_name": "", "bio": "Spam."})

    assert answer.status_code == 302
    changed = Profile.objects.get(subject="alice")
    assert (changed.is_public, changed.version) == (False, profile.version + 1)


def test_staff_neither_make_nor_delete_profiles(staff: Client) -> None:
    profile = ensure_profile(subject="alice")

    assert staff.get("/admin/accounts/profile/add/").status_code == 403
    assert staff.post(f"/admin/accounts/profile/{profile.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Profile.objects.filter(subject="alice").exists()


def test_the_list_of_profiles_is_shown(staff: Client) -> None:
    update_profile(subject="alice", if_versions=None, changes={"display_name": "Alice"})

    assert b"Alice" in staff.get("/admin/accounts/profile/?q=alice").content
