"""A post from the first word to its readers, and a reader who subscribes."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.tour.staff import editor
from tests.tour.system import System, expect, wait_for

# The tour waits for it; long enough for a slow machine to ask before it is over.
DUE_AFTER = timedelta(seconds=4)
ALT = "Rolling hills under an evening sky"


class BlogChapter:
    """The steps, in order. Each returns the sentence that is printed."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.reader = httpx.Client(base_url=system.public_url, timeout=30, follow_redirects=True)
        self.slug = f"a-walk-{secrets.token_hex(4)}"
        self.address = f"reader-{secrets.token_hex(5)}@example.com"
        self.photo: dict[str, Any] = {}
        self.post: dict[str, Any] = {}
        self.planned: dict[str, Any] = {}

    def steps(self) -> list[Callable[[], str]]:
        """All of them."""
        return [
            self.sign_in_as_an_editor,
            self.upload_a_photo,
            self.see_its_renditions,
            self.write_a_post,
            self.publish_it,
            self.read_it_at_the_edge,
            self.find_it_in_home_feed_and_json,
            self.subscribe,
            self.read_the_mail_and_confirm,
            self.plan_the_next_post,
            self.see_it_come_due,
            self.mail_it_to_the_subscribers,
            self.read_of_it_by_mail,
            self.unsubscribe_by_one_click,
            self.take_the_posts_back,
        ]

    def sign_in_as_an_editor(self) -> str:
        """By the provider's pages, for a client that may hold the scopes of staff."""
        self.edith = editor(self.system)
        return "Edith, an editor, signed in."

    def upload_a_photo(self) -> str:
        """The bytes go straight to the store, by a form that fits this file only."""
        picture = _hills()
        declared = {"name": "hills.jpg", "content_type": "image/jpeg", "size": len(picture)}
        form = self.edith.blog("POST", "/photos/uploads", json=declared, wanted=201).json()
        file = {"file": ("hills.jpg", picture, "image/jpeg")}
        sent = httpx.post(form["url"], data=form["fields"], files=file, timeout=60)
        expect("The store takes the photo", sent.is_success, True)
        arrived = {"key": form["key"], "alt": ALT}
        self.photo = self.edith.blog("POST", "/photos", json=arrived, wanted=201).json()
        return f"She sent a photo of {len(picture) // 1024} kB straight to the store."

    def see_its_renditions(self) -> str:
        """Made by the worker; everybody may read them, for ever."""

        def look() -> dict[str, Any] | None:
            found = self.edith.blog("GET", f"/photos/{self.photo['id']}", wanted=200).json()
            expect("The photo is not refused", found["refusal"], "")
            return found if found["state"] == "ready" else None

        self.photo = wait_for("The renditions", look)
        addresses = [
            entry.split()[0]
            for source in self.photo["picture"]["sources"]
            for entry in source["srcset"].split(", ")
        ]
        for address in addresses:
            answer = self.reader.get(address)
            expect(f"Status of {address}", answer.status_code, 200)
            expect("It is kept for ever", "immutable" in answer.headers["Cache-Control"], True)
        return f"{len(addresses)} renditions, AVIF and JPEG, are at the edge."

    def write_a_post(self) -> str:
        """A draft, which nobody else sees."""
        draft = {
            "title": "A walk in the hills",
            "slug": self.slug,
            "summary": "What one sees when one goes slowly.",
            "body": f"We went *slowly*.\n\n{self.photo['markdown']}\n\nAnd came back late.\n",
        }
        self.post = self.edith.blog("POST", "/posts", json=draft, wanted=201).json()
        expect("A draft is not public", self.reader.get(f"/blog/{self.slug}/").status_code, 404)
        return f"She wrote “{self.post['title']}”; readers see nothing of it yet."

    def publish_it(self) -> str:
        """Until the public address serves it."""
        path = f"/posts/{self.post['id']}"
        self.edith.blog("POST", f"{path}/publish", json={}, wanted=202)
        done = self._publication(path)
        return f"Published: {done['written']} files, served after {done['milliseconds']} ms."

    def read_it_at_the_edge(self) -> str:
        """The page with its picture; the second reader costs nobody anything."""
        page = self.reader.get(f"/blog/{self.slug}/")
        expect("Status of the page", page.status_code, 200)
        expect("The page has the picture", "<picture" in page.text and ALT in page.text, True)
        again = self.reader.get(f"/blog/{self.slug}/")
        expect("The second reader's copy", again.headers.get("X-Cache", "HIT"), "HIT")
        return f"The page ({len(page.content)} bytes) comes from the edge, with its picture."

    def find_it_in_home_feed_and_json(self) -> str:
        """Wherever posts are listed."""
        lists = ("", "feed.atom", "feed.rss", "feed.json", "sitemaps/1.xml", "api/posts.json")
        for address in (f"/blog/{name}" for name in lists):
            answer = self.reader.get(address)
            expect(f"Status of {address}", answer.status_code, 200)
            expect(f"{address} names the post", self.slug in answer.text, True)
        document = self.reader.get(f"/blog/api/posts/{self.slug}.json").json()
        expect("Its title as JSON", document["title"], self.post["title"])
        return "Home, feed, sitemap and JSON name it."

    def subscribe(self) -> str:
        """Twice, as people do."""
        for _ in range(2):
            answer = httpx.post(f"{self.system.blog_api}/subscriptions", json={"email": self.address})
            expect("Status of subscribing", answer.status_code, 202)
        return f"{self.address} subscribed, and clicked twice."

    def read_the_mail_and_confirm(self) -> str:
        """One mail; opening its link changes nothing, the button does."""
        mail = wait_for("The welcome mail", self._mails_when_there)
        expect("Mails", len(mail), 1)
        link = _first_link(mail[0]["text"], "confirm")
        _press(link)
        return "One welcome mail came; the subscription is confirmed."

    def plan_the_next_post(self) -> str:
        """It is to go public by itself, in a moment."""
        draft = {"title": "The way back", "slug": f"{self.slug}-back", "body": "Downhill, *mostly*."}
        self.planned = self.edith.blog("POST", "/posts", json=draft, wanted=201).json()
        due = datetime.now(UTC) + DUE_AFTER
        plan = {"publish_at": due.isoformat()}
        self.edith.blog("PATCH", f"/posts/{self.planned['id']}/schedule", json=plan, wanted=200)
        expect("It is not public yet", self.reader.get(self._planned_path()).status_code, 404)
        return f"She planned “{self.planned['title']}” for {due:%H:%M:%S} UTC."

    def see_it_come_due(self) -> str:
        """Published without anybody's doing."""
        path = f"/posts/{self.planned['id']}"

        def look() -> bool | None:
            plan = self.edith.blog("GET", f"{path}/schedule", wanted=200).json()
            (made,) = plan["history"]
            expect("The plan holds", made["state"] in ("waiting", "done"), True)
            return made["state"] == "done" or None

        wait_for("Its time", look)
        done = self._publication(path)
        page = self.reader.get(self._planned_path())
        expect("Status of the page", page.status_code, 200)
        return f"It went public by itself: {done['written']} files, served after {done['milliseconds']} ms."

    def mail_it_to_the_subscribers(self) -> str:
        """To whoever is confirmed; she sees how many, before and after."""
        path = f"/posts/{self.planned['id']}/mailing"
        before = self.edith.blog("GET", path, wanted=200).json()
        expect(
            "Nobody got it yet, but somebody would", (before["mails"], before["subscribers"] > 0), (0, True)
        )
        self.edith.blog("POST", path, json={}, wanted=202)

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.edith.blog("GET", path, wanted=200).json()
            return found if found["state"] == "sent" else None

        mailing = wait_for("The mailing", look)
        expect("A mail for each", mailing["mails"], before["subscribers"])
        return f"She had it mailed to {mailing['mails']} confirmed subscribers."

    def read_of_it_by_mail(self) -> str:
        """One mail, which leads to the page."""

        def look() -> list[dict[str, Any]] | None:
            found = self._mails_when_there() or []
            return found if len(found) > 1 else None

        mails = wait_for("The mail of the post", look)
        expect("Mails, the welcome among them", len(mails), 2)
        self.mail = mails[0]
        link = _first_link(self.mail["text"], self.planned["slug"])
        expect("It leads to the page", self.reader.get(link).status_code, 200)
        return f"The reader got it: “{self.mail['subject']}”."

    def unsubscribe_by_one_click(self) -> str:
        """As mail programs do it (RFC 8058)."""
        headers = dict(self.mail["headers"])
        address = re.findall(r"<(https?://[^>]+)>", headers["List-Unsubscribe"])[0]
        expect("One click", headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        answer = httpx.post(address, data={"List-Unsubscribe": "One-Click"})
        expect("Status of unsubscribing", answer.is_success, True)
        return "One click, and the reader is off the list."

    def take_the_posts_back(self) -> str:
        """The pages go, and no list names them."""
        for post in (self.post, self.planned):
            self.edith.blog("POST", f"/posts/{post['id']}/unpublish", json={}, wanted=202)
        for post in (self.post, self.planned):
            self._publication(f"/posts/{post['id']}")
            expect("The page is gone", self.reader.get(f"/blog/{post['slug']}/").status_code, 404)
        expect("Home has forgotten them", self.slug in self.reader.get("/blog/").text, False)
        return "The posts are taken back: 404, and no list names them."

    def _planned_path(self) -> str:
        return f"/blog/{self.planned['slug']}/"

    def _publication(self, path: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.edith.blog("GET", f"{path}/publication", wanted=200).json()
            expect("The publisher's error", found["error"] if found["state"] == "failed" else "", "")
            return found if found["state"] == "published" else None

        return wait_for("The receipt", look)

    def _mails_when_there(self) -> list[dict[str, Any]] | None:
        answer = httpx.get(f"{self.system.mailbox_url}/api/mails", params={"to": self.address})
        mails: list[dict[str, Any]] = answer.json()["items"]
        return mails or None


def _hills() -> bytes:
    """A small photograph of nowhere."""
    from PIL import Image, ImageDraw

    picture = Image.linear_gradient("L").resize((1600, 1067)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for step in range(8):
        top = 500 + 70 * step
        outline = [(x, top + int(60 * ((x * (step + 3) // 97) % 7) / 7)) for x in range(0, 1601, 40)]
        draw.polygon([*outline, (1600, 1067), (0, 1067)], fill=(30 + 12 * step, 90 - 6 * step, 60))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=88)
    return written.getvalue()


def _first_link(text: str, word: str) -> str:
    found = re.search(rf"https?://\S*{word}\S*", text)
    expect(f"The mail has a link to {word}", found is not None, True)
    return found[0] if found else ""


def _press(link: str) -> None:
    """Open a page and press its only button."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(link)
        expect(f"Status of {link}", page.status_code, 200)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        done = browser.post(str(page.url), data=hidden, headers={"Referer": str(page.url)})
        expect("Status after the button", done.status_code, 200)
