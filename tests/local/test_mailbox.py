"""The mailbox takes mail as Amazon SES does, and shows it."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from django.core.mail import EmailMultiAlternatives
from django_ses import SESBackend

from tests.local.programs import Program, until

# The mails of a test are found by an address of its own.
HTML = (
    '<p style="color: teal">Hello <a href="https://example.com/yes">yes</a>'
    '<img src="cid:logo" alt=""></p><script>alert(1)</script>'
)


@pytest.fixture(scope="module")
def mailbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running mailbox."""
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        port = finder.getsockname()[1]
    directory: Path = tmp_path_factory.mktemp("mailbox")
    program = Program(
        *("-m", "granian", "--interface", "wsgi", "--port", str(port), "local.mailbox.wsgi:application"),
        environment={"LOCAL_DIR": str(directory), "DJANGO_SETTINGS_MODULE": "local.mailbox.settings"},
    )
    url = f"http://127.0.0.1:{port}"
    until(lambda: answers(url), what="the mailbox")
    yield url
    program.close()


@pytest.fixture
def backend(mailbox_url: str, settings: Any) -> SESBackend:
    """django-ses as the services use it, with nothing but another address."""
    settings.USE_SES_V2 = True
    return SESBackend(
        aws_access_key="desk",
        aws_secret_key="desk",
        aws_region_name="us-east-1",
        aws_region_endpoint=mailbox_url,
        use_ses_v2=True,
    )


@pytest.fixture
def mails_to(mailbox_url: str) -> Callable[[str], list[dict[str, Any]]]:
    """`mails_to("alice@example.com")`: what the mailbox has for an address."""

    def read(address: str) -> list[dict[str, Any]]:
        return httpx.get(f"{mailbox_url}/api/mails", params={"to": address}).json()["items"]

    return read


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/mails").status_code == 200
    except httpx.TransportError:
        return False


def mail(address: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        "Grüße vom Schreibtisch",
        "Confirm at https://example.com/confirm?key=1&next=2",
        "Quartet <quartet@example.com>",
        [f"Alice <{address}>"],
        bcc=[f"hidden-{address}"],
        headers={"X-SES-MESSAGE-TAGS": "mail=17"},
    )
    message.attach_alternative(HTML, "text/html")
    message.attach("plan.bin", b"\x00\xff\n plan", "application/octet-stream")
    return message


def test_a_mail_sent_by_django_ses_is_in_the_listing(backend, mails_to):
    message = mail("listing@example.com")

    sent = backend.send_messages([message])

    found = mails_to("listing@example.com")
    assert sent == 1
    assert [item["id"] for item in found] == [message.extra_headers["message_id"]]
    assert found[0]["from"] == "Quartet <quartet@example.com>"
    assert set(found[0]["to"]) == {"hidden-listing@example.com", "listing@example.com"}
    assert found[0]["subject"] == "Grüße vom Schreibtisch"
    assert "https://example.com/confirm?key=1&next=2" in found[0]["text"]
    assert found[0]["html"].strip() == HTML
    assert ["X-SES-MESSAGE-TAGS", "mail=17"] in found[0]["headers"]


def test_the_listing_holds_mails_to_the_address_only_newest_first(backend, mails_to):
    backend.send_messages([mail("order@example.com"), mail("other@example.com"), mail("order@example.com")])

    found = mails_to("ORDER@example.com")

    assert len(found) == 2
    assert found[0]["received_at"] > found[1]["received_at"]


def test_an_attachment_comes_back_byte_for_byte_as_a_download(backend, mails_to):
    backend.send_messages([mail("attachment@example.com")])
    (listed,) = mails_to("attachment@example.com")[0]["attachments"]

    response = httpx.get(listed["url"])

    assert listed["name"] == "plan.bin"
    assert response.content == b"\x00\xff\n plan"
    assert response.headers["Content-Disposition"] == 'attachment; filename="plan.bin"'


def test_the_page_of_a_mail_shows_it_without_running_anything_of_it(backend, mails_to, mailbox_url):
    backend.send_messages([mail("page@example.com")])
    url = mails_to("page@example.com")[0]["url"]

    page = httpx.get(url)
    frame = httpx.get(f"{url}/html")

    assert "Grüße vom Schreibtisch" in page.text
    assert '<a href="https://example.com/confirm?key=1&amp;next=2"' in page.text
    assert "alert(1)" not in page.text
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "alert(1)" in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy


def test_the_raw_mail_is_what_was_handed_over(backend, mails_to):
    message = mail("raw@example.com")

    backend.send_messages([message])

    raw = httpx.get(f"{mails_to('raw@example.com')[0]['url']}/raw")
    assert raw.headers["Content-Type"].startswith("text/plain")
    assert raw.text.startswith("Content-Type: multipart/mixed")
    assert "Subject: =?utf-8?" in raw.text


def test_the_rate_limit_is_told_as_ses_tells_it(backend):
    assert backend.get_rate_limit() == 100.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Destination": {"ToAddresses": []}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": [f"a{n}@example.com" for n in range(51)]}}, "MessageRejected"),
        ({"FromEmailAddress": "nobody"}, "BadRequestException"),
        ({"Content": {"Raw": {"Data": b""}}}, "BadRequestException"),
        ({"Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {}}}}, "BadRequestException"),
    ],
)
def test_what_ses_would_refuse_is_refused_and_not_kept(backend, mails_to, change, code):
    backend.open()
    request = {
        "FromEmailAddress": "quartet@example.com",
        "Destination": {"ToAddresses": ["refused@example.com"]},
        "Content": {"Raw": {"Data": b"Subject: x\r\n\r\nx"}},
    }

    with pytest.raises(ClientError) as refused:
        backend.connection.send_email(**{**request, **change})

    assert refused.value.response["Error"]["Code"] == code
    assert mails_to("refused@example.com") == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"Content": {"Raw": {"Data": "%"}}}', b"\xff"])
def test_a_malformed_request_is_refused(mailbox_url, body):
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=desk"}

    response = httpx.post(f"{mailbox_url}/v2/email/outbound-emails", content=body, headers=headers)

    assert response.status_code == 400
    assert response.headers["x-amzn-ErrorType"] in {"SerializationException", "BadRequestException"}


def test_an_unsigned_request_is_refused(mailbox_url, mails_to):
    body = {
        "FromEmailAddress": "mallory@example.com",
        "Destination": {"ToAddresses": ["unsigned@example.com"]},
        "Content": {"Raw": {"Data": base64.b64encode(b"Subject: x\r\n\r\nx").decode()}},
    }

    response = httpx.post(f"{mailbox_url}/v2/email/outbound-emails", json=body)

    assert response.status_code == 403
    assert response.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert mails_to("unsigned@example.com") == []


def test_emptying_needs_the_page_s_own_form(backend, mailbox_url, mails_to):
    backend.send_messages([mail("emptying@example.com")])
    with httpx.Client(base_url=mailbox_url) as browser:
        page = browser.get("/").text
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

        without = browser.post("/empty")
        kept = len(mails_to("emptying@example.com"))
        with_form = browser.post("/empty", data={"csrfmiddlewaretoken": token})

    assert without.status_code == 403
    assert kept == 1
    assert with_form.status_code == 302
    assert mails_to("emptying@example.com") == []


def test_a_page_by_another_host_name_is_refused(mailbox_url):
    response = httpx.get(f"{mailbox_url}/api/mails", headers={"Host": "mallory.example.com"})

    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/mails/none", "/mails/none/html", "/api/mails/none", "/assets/views.py"])
def test_what_is_not_there_is_not_found(mailbox_url, path):
    assert httpx.get(f"{mailbox_url}{path}").status_code == 404
