"""Staff enter the admin through the real identity provider, and leave again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.core.wsgi import get_wsgi_application

from chassis.models import StaffIdentity
from local.identity.people import DEMO_PEOPLE
from tests.identity_provider import STAFF_SECRET, Browser, IdentityProvider, answer_of, link_in

ALICE, EDITH, ADA = DEMO_PEOPLE[0], DEMO_PEOPLE[3], DEMO_PEOPLE[5]

# The application ends its connection after each request, as it does in life.
pytestmark = pytest.mark.django_db(transaction=True)


class StaffBrowser(Browser):
    """One browser, with one set of cookies, for the services and the provider: both are 127.0.0.1."""

    def __init__(self, provider: IdentityProvider) -> None:
        services = httpx.WSGITransport(app=get_wsgi_application())
        super().__init__(provider, mounts={provider.web_url: services})
        self.web = provider.web_url

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Everywhere but to strangers."""
        while response.is_redirect:
            response = self.redirected(response)
        return response

    def redirected(self, response: httpx.Response) -> httpx.Response:
        """One redirect further."""
        assert response.next_request is not None
        return self.http.send(response.next_request)

    def open(self, path: str) -> httpx.Response:
        """A page of the services."""
        return self.follow(self.http.get(f"{self.web}{path}"))

    def enter(self, person: Any, path: str = "/admin/") -> httpx.Response:
        """Open a page of the admin, press the button, sign in."""
        sign_in_page = self.open(path)
        button = link_in(sign_in_page, r'/admin/oidc/login[^"]*')
        return self.sign_in(self.open(button), person.email)


@pytest.fixture(autouse=True)
def staff_settings(identity_provider: IdentityProvider, settings: Any) -> None:
    """The services use the real provider."""
    url = identity_provider.url
    settings.WEB_URL = identity_provider.web_url
    settings.OIDC_ISSUER = url
    settings.OIDC_JWKS_URL = f"{url}/.well-known/jwks.json"
    settings.OIDC_AUTHORIZATION_URL = f"{url}/identity/o/authorize"
    settings.OIDC_TOKEN_URL = f"{url}/identity/o/api/token"
    settings.OIDC_END_SESSION_URL = f"{url}/identity/o/logout"
    settings.OIDC_STAFF_CLIENT_SECRET = STAFF_SECRET


@pytest.fixture
def browser(identity_provider: IdentityProvider) -> StaffBrowser:
    return StaffBrowser(identity_provider)


def test_an_editor_enters_as_staff(browser, identity_provider):
    page = browser.enter(EDITH)

    assert str(page.url) == f"{browser.web}/admin/"
    assert page.status_code == 200
    identity = StaffIdentity.objects.get(issuer=identity_provider.url, subject=str(EDITH.subject))
    assert (identity.user.is_staff, identity.user.is_superuser) == (True, False)
    assert [group.name for group in identity.user.groups.all()] == ["editors"]
    assert not identity.user.has_usable_password()


def test_an_admin_enters_as_superuser(browser):
    page = browser.enter(ADA)

    assert str(page.url) == f"{browser.web}/admin/"
    assert StaffIdentity.objects.get(subject=str(ADA.subject)).user.is_superuser


def test_somebody_in_no_staff_group_is_refused_with_a_clear_page(browser):
    page = browser.enter(ALICE)

    assert page.status_code == 403
    assert "not in a group" in page.text
    assert not get_user_model().objects.exists()
    assert browser.open("/admin/").url.path == "/admin/login/"


def test_a_refused_person_can_sign_in_as_somebody_else(browser):
    page = browser.enter(ALICE)

    switch = link_in(page, r'http[^"]*logout[^"]*')
    back = browser.follow(browser.http.get(switch))

    assert str(back.url) == f"{browser.web}/admin/login/"
    assert browser.enter(EDITH).url.path == "/admin/"


def test_a_second_sign_in_is_the_same_user(browser, identity_provider):
    browser.enter(EDITH)

    StaffBrowser(identity_provider).enter(EDITH)

    assert get_user_model().objects.count() == 1


def test_the_session_gets_another_key(browser):
    sign_in = browser.open("/admin/oidc/login")
    before = browser.http.cookies["quartet_session"]

    browser.sign_in(sign_in, EDITH.email)

    assert browser.http.cookies["quartet_session"] != before


def test_one_comes_to_the_page_that_was_asked_for(browser):
    page = browser.enter(ADA, "/admin/auth/group/")

    assert str(page.url) == f"{browser.web}/admin/auth/group/"


@pytest.mark.parametrize(
    "target",
    ["https://mallory.example/", "//mallory.example/", "/\\mallory.example", "javascript:alert(1)", ""],
)
def test_a_sign_in_does_not_lead_to_strangers(browser, target):
    sign_in = browser.follow(browser.http.get(f"{browser.web}/admin/oidc/login", params={"next": target}))

    page = browser.sign_in(sign_in, EDITH.email)

    assert str(page.url) == f"{browser.web}/admin/"


def test_the_request_has_state_nonce_and_s256(browser):
    started = browser.http.get(f"{browser.web}/admin/oidc/login")

    asked = answer_of(started)
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert asked["redirect_uri"] == f"{browser.web}/admin/oidc/callback"


def test_the_callback_address_does_not_follow_the_host_header(browser):
    started = browser.http.get(f"{browser.web}/admin/oidc/login", headers={"Host": "localhost:1"})

    assert answer_of(started)["redirect_uri"] == f"{browser.web}/admin/oidc/callback"


def test_a_forged_state_is_refused(browser):
    browser.http.get(f"{browser.web}/admin/oidc/login")

    page = browser.open("/admin/oidc/callback?code=any&state=forged")

    assert page.status_code == 400
    assert browser.open("/admin/").url.path == "/admin/login/"


def test_an_answer_meant_for_another_browser_is_refused(browser, identity_provider):
    mallory = StaffBrowser(identity_provider)
    page = mallory.open("/admin/oidc/login")
    form = mallory.http.post(str(page.url), data=_sign_in_form(page, EDITH))
    code_redirect = mallory.redirected(form)

    answer = browser.follow(browser.http.get(code_redirect.headers["Location"]))

    assert answer.status_code == 400
    assert not get_user_model().objects.exists()


def test_an_answer_is_taken_once(browser):
    page = browser.open("/admin/oidc/login")
    form = browser.http.post(str(page.url), data=_sign_in_form(page, EDITH))
    callback = browser.redirected(form).headers["Location"]
    first = browser.http.get(callback)

    second = browser.http.get(callback)

    assert (first.status_code, second.status_code) == (302, 400)


def test_a_sign_in_broken_off_says_so(browser):
    page = browser.open("/admin/oidc/callback?error=access_denied")

    assert page.status_code == 400
    assert "not completed" in page.text


def test_signing_out_ends_the_providers_session_too(browser):
    browser.enter(EDITH)
    token = browser.http.cookies["quartet_csrf"]

    back = browser.follow(
        browser.http.post(f"{browser.web}/admin/logout/", data={"csrfmiddlewaretoken": token})
    )

    assert str(back.url) == f"{browser.web}/admin/login/"
    assert str(browser.open("/admin/oidc/login").url).startswith(f"{browser.provider.url}/accounts/login/")


def test_without_a_secret_there_is_only_the_password(browser, settings):
    settings.OIDC_STAFF_CLIENT_SECRET = ""
    get_user_model().objects.create_superuser("first", password="a long enough secret 7")

    page = browser.open("/admin/login/")
    after = browser.submit(page, username="first", password="a long enough secret 7")

    assert "/admin/oidc/login" not in page.text
    assert str(after.url) == f"{browser.web}/admin/"
    assert browser.open("/admin/oidc/login").status_code == 404
    assert browser.open("/admin/oidc/callback?code=x&state=y").status_code == 404


def test_a_password_works_beside_the_button(browser):
    get_user_model().objects.create_superuser("first", password="a long enough secret 7")

    page = browser.open("/admin/login/")
    after = browser.submit(page, username="first", password="a long enough secret 7")

    assert "/admin/oidc/login" in page.text
    assert str(after.url) == f"{browser.web}/admin/"


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/auth/group/", "/admin/auth/group/add/", "/admin/auth/user/", "/admin/nowhere/"],
)
def test_the_admin_runs_no_inline_code(browser, path):
    browser.enter(ADA)

    page = browser.open(path)

    policy = page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page.text)
    assert not re.search(r'<[^>]+\s(style|on[a-z]+)="', page.text)


def test_the_sign_out_form_may_end_at_the_provider(browser):
    browser.enter(ADA)

    policy = browser.open("/admin/").headers["Content-Security-Policy"]

    form_action = next(part for part in policy.split("; ") if part.startswith("form-action"))
    assert browser.provider.url in form_action


def test_what_signs_staff_in_is_not_loaded_at_the_start():
    code = "import config.wsgi, sys; print(sorted({'authlib', 'joserfc'} & set(sys.modules)))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def _sign_in_form(page: httpx.Response, person: Any) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
    return {**hidden, "login": person.email, "password": person.password}
