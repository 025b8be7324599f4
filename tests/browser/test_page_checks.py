"""What readers get, by axe-core and an HTML validator: no finding, light and dark, in both directions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from local.demo.pictures import jpeg_of, make_picture
from tests.browser.conftest import sign_in
from tests.local.fresh_desk import FreshDesk
from tests.local.programs import until
from tests.sdk.node import NODE, install

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
HERE = Path(__file__).parent
# Everything that a text can have, in a language that is written from the right.
HEBREW = """פסקה עם [קישור](https://example.com/), **הדגשה** ו`קוד`.

## כותרת

> ציטוט

- ראשון
- שני

1. אחת

| עמודה | מספר |
|---|---:|
| א | 1 |

```
code that is longer than a telephone is wide, and has to be moved to be read as a whole by anybody
```

---

### עוד
"""
# The browser itself holds the session and the CSRF token.
CALL = """async ([method, path, body]) => {
  const response = await fetch(path, {
    method, body: body && JSON.stringify(body),
    headers: { "Content-Type": "application/json",
               "X-CSRFToken": document.querySelector("input[name=csrfmiddlewaretoken]").value },
  });
  return [response.status, await response.json()];
}"""
READ = {
    "home": "{files}/blog/",
    "a post with a cover": "{files}/blog/where-the-tide-waits/",
    "a post from the right": "{files}/blog/checked-post/",
    "an address of before": "{files}/blog/checked-before/",
    "the archive": "{files}/blog/archive/",
    "a year": "{year}",
    "a tag": "{files}/blog/tags/checked/",
    "an author": "{author}",
    "nothing": "{files}/blog/no-such-page/",
    "search": "{web}/blog/search",
    "search, found": "{web}/blog/search?q=tide",
    "search, nothing": "{web}/blog/search?q=xyzzyx",
    "search, refused": "{web}/blog/search?q=" + "x" * 300,
    "subscribe": "{web}/blog/subscribe",
    "a link that does not work": "{web}/blog/confirm?token=x",
}
NEWSROOM = {
    "posts": "/admin/blog/post/",
    "a new post": "/admin/blog/post/add/",
    "a post": "/admin/blog/post/{id}/change/",
    "how it looks": "/admin/blog/post/{id}/look/",
    "by mail": "/admin/blog/post/{id}/mail/",
    "photos": "/admin/blog/photo/",
    "mails": "/admin/blog/mail/",
}


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """axe-core and html-validate, as the lock names them."""
    install(HERE)


@pytest.fixture(scope="module")
def editor(browser: Browser, desk: FreshDesk) -> Page:
    """A page in which edith is signed in."""
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{desk.web_url}/admin/blog/post/add/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "edith@example.com")
    expect(page.get_by_label("Title")).to_be_visible()
    return page


@pytest.fixture
def shown(browser: Browser) -> Iterator[Page]:
    """A telephone. axe-core tries a style of its own, which the policy of our pages would forbid."""
    context = browser.new_context(viewport={"width": 390, "height": 780}, locale="en-GB", bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def post_id(editor: Page, desk: FreshDesk) -> str:
    """A public post with a text of every kind, that had another address before; a photo without a word."""
    editor.goto(f"{desk.web_url}/admin/blog/photo/")
    picture = jpeg_of(make_picture("harbour", width=600, height=400, light="evening", seed=5))
    editor.locator("input[type=file]").set_input_files(
        {"name": "checked.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    expect(editor.get_by_label("Alternative text of checked.jpg")).to_be_visible()
    about = {"title": "הגאות", "summary": "על הגאות", "body": HEBREW, "language": "he", "tags": ["Checked"]}
    posts = "/api/blog/v1/posts"
    status, post = editor.evaluate(CALL, ["POST", posts, {**about, "slug": "checked-before"}])
    assert status == 201, post
    for slug in ("checked-before", "checked-post"):
        address = f"{posts}/{post['id']}"
        assert editor.evaluate(CALL, ["PATCH", address, {"slug": slug}])[0] == 200
        assert editor.evaluate(CALL, ["POST", f"{address}/publish", None])[0] == 202
        _wait_for(f"{desk.files_url}/blog/{slug}/")
    return str(post["id"])


def _wait_for(url: str) -> None:
    until(lambda: httpx.get(url).status_code == 200, what=url)


@pytest.fixture(scope="module")
def addresses(post_id: str, desk: FreshDesk) -> Mapping[str, str]:
    """Where what is read is."""
    archive = httpx.get(f"{desk.files_url}/blog/archive/").text
    found = {
        kind: desk.files_url + _first_link(archive, path)
        for kind, path in (("year", "/blog/archive/2"), ("author", "/blog/authors/"))
    }
    places = {"files": desk.files_url, "web": desk.web_url, **found}
    return {name: address.format(**places) for name, address in READ.items()}


def _first_link(page: str, path: str) -> str:
    return path + page.partition(f'href="{path}')[2].partition('"')[0]


def axe_findings(page: Page) -> list[str]:
    """What axe-core does not like of the page as it is shown now: rule, place, reason."""
    page.evaluate((HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(READ.keys() - {"an address of before"}))
def test_no_page_for_readers_has_a_barrier(
    shown: Page, addresses: Mapping[str, str], name: str, scheme: Any
) -> None:
    shown.emulate_media(color_scheme=scheme)
    shown.goto(addresses[name])

    assert axe_findings(shown) == []


def test_a_barrier_is_found(shown: Page, addresses: Mapping[str, str]) -> None:
    shown.goto(addresses["home"])
    shown.evaluate("document.querySelector('img').removeAttribute('alt')")

    assert [finding.partition(":")[0] for finding in axe_findings(shown)] == ["image-alt"]


@pytest.mark.parametrize("name", NEWSROOM)
def test_no_page_of_the_newsroom_has_a_barrier(
    editor: Page, desk: FreshDesk, post_id: str, name: str
) -> None:
    editor.goto(desk.web_url + NEWSROOM[name].format(id=post_id))

    assert axe_findings(editor) == []


def test_every_page_for_readers_is_valid_html(tmp_path: Path, addresses: Mapping[str, str]) -> None:
    for name, address in addresses.items():
        (tmp_path / f"{name}.html").write_text(httpx.get(address).text, encoding="utf-8")
    (tmp_path / "broken.html").write_text("<!doctype html><p><div></p>", encoding="utf-8")
    program = HERE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"

    done = subprocess.run(
        [NODE, program, "--config", HERE / ".htmlvalidate.json", "--formatter", "json", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    found = {
        Path(file["filePath"]).stem: [f"{one['line']}: {one['message']}" for one in file["messages"]]
        for file in json.loads(done.stdout)
    }
    assert found.pop("broken") != []
    assert {name: messages for name, messages in found.items() if messages} == {}
