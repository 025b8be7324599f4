"""Editors with tokens, photos that go the way of any upload, and the public site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from local.demo.pictures import jpeg_of, make_picture
from tests.api_client import ApiClient
from tests.blog.public_site import PublicSite
from tests.blog.ses_server import SesServer
from tests.issuer import Issuer

PHOTOS = "/api/blog/v1/photos"
POSTS = "/api/blog/v1/posts"


@pytest.fixture
def editor(issuer: Issuer) -> ApiClient:
    """edith, an editor."""
    return ApiClient(issuer.editor_token("edith"))


@pytest.fixture(scope="session")
def harbour() -> bytes:
    """A photo of 1000 by 750."""
    return jpeg_of(make_picture("harbour", width=1000, height=750))


@pytest.fixture
def send_photo(editor: ApiClient, object_store: Any) -> Callable[..., str]:
    """`send_photo(content)`: begin an upload and send the file to the store; the key."""

    def send(content: bytes, *, name: str = "harbour.jpg", content_type: str = "image/jpeg") -> str:
        body = {"name": name, "content_type": content_type, "size": len(content)}
        form = editor.post(f"{PHOTOS}/uploads", body).json()
        answer = httpx.post(form["url"], data=form["fields"], files={"file": (name, content, content_type)})
        assert answer.status_code in (200, 204), answer.text
        return str(form["key"])

    return send


@pytest.fixture
def upload_photo(editor: ApiClient, send_photo: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """`upload_photo(content)`: the whole way of a browser; the photo as the API shows it."""

    def upload(content: bytes, **about: Any) -> dict[str, Any]:
        key = send_photo(content, **about)
        response = editor.post(PHOTOS, {"key": key, "alt": "Boats in the harbour"})
        assert response.status_code == 201, response.content
        document: dict[str, Any] = response.json()
        return document

    return upload


@pytest.fixture
def edith(staff_client: Callable[..., ApiClient]) -> ApiClient:
    """An editor, with every scope of staff."""
    return staff_client("edith")


@pytest.fixture
def site(object_store: Any) -> PublicSite:
    """The public bucket, without what an earlier test put there."""
    site = PublicSite()
    site.empty()
    return site


@pytest.fixture
def publish(edith: ApiClient, run_tasks: Callable[[], int]) -> Callable[..., dict[str, Any]]:
    """`publish("Tides", body="…")`: a post that is made, published, and whose files are there."""

    def make(title: str, **content: Any) -> dict[str, Any]:
        post = edith.post(POSTS, {"title": title, "body": f"All about {title}.", **content}).json()
        answer = edith.post(f"{POSTS}/{post['id']}/publish")
        assert answer.status_code == 202, answer.json()
        run_tasks()
        return dict(edith.get(f"{POSTS}/{post['id']}").json())

    return make


@pytest.fixture
def ses(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[SesServer]:
    """SES, at the other end of the very client that sends in the cloud."""
    from chassis import mail

    server = SesServer()
    settings.EMAIL_BACKEND = "django_ses.SESBackend"
    settings.AWS_SES_REGION_ENDPOINT_URL = server.url
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.BLOG_MAILS_PER_SECOND = 1000
    monkeypatch.setattr(mail, "READ_SECONDS", 1)
    mail._connection.cache_clear()
    yield server
    mail._connection.cache_clear()
    server.stop()
