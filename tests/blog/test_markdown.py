"""Markdown of posts: what becomes of it, and that nothing in it runs in a reader's browser."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from uuid import UUID

import pytest

from blog import markdown
from blog.models import BODY_LENGTH_MOST

PHOTO = "01890a5d-ac96-774b-bcce-b302099a8057"


def picture(photo_id: UUID, alt: str, is_first: bool) -> str:
    return f'<picture><img src="/media/{photo_id}.jpg" alt="{alt}"></picture>'


def render(text: str) -> str:
    return markdown.render(text, picture)


class Audit(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.deepest = self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._depth += tag not in ("img", "br", "hr", "source")
        self.deepest = max(self.deepest, self._depth)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src"):
                self.addresses.append(value or "")

    def handle_endtag(self, tag):
        self._depth -= 1


# OWASP's XSS Filter Evasion Cheat Sheet, and what Markdown adds to it.
ATTACKS = [
    "<script>alert(1)</script>",
    '<SCRIPT SRC="https://evil.example/x.js"></SCRIPT>',
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    '<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>',
    "<IMG SRC=javascript:alert(1)>",
    "<IMG SRC=`javascript:alert(1)`>",
    '<IMG SRC="jav&#x09;ascript:alert(1);">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="data:text/html;base64,PHNjcmlwdD4="></object>',
    '<embed src="javascript:alert(1)">',
    '<a href="javascript:alert(1)" onclick=alert(1)>x</a>',
    "<style>body{background:url(javascript:alert(1))}</style>",
    '<div style="background:url(javascript:alert(1))">',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<base href="https://evil.example/">',
    '<form action="https://evil.example/"><input name=password><button>',
    '<math href="javascript:alert(1)">x</math>',
    "<!--<img src='--><img src=x onerror=alert(1)>'-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    '<body onload="alert(1)">',
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x" onerror="alert(1)](photo:' + PHOTO + ")",
    f'![x](photo:{PHOTO} "x\\" onerror=\\"alert(1)")',
    f'![x](photo:{PHOTO}" onerror="alert(1))',
    '[x](https://a.example/" onmouseover="alert(1))',
    '[x](https://a.example "\\" onclick=\\"alert(1)")',
    '```js" onload=alert(1)\nx\n```',
    "```</code></pre><script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "# <script>alert(1)</script>",
    "> <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_text_runs(attack):
    # A picture's own text is escaped where it is written (`picture.html`), so it plays no part here.
    audit = Audit(markdown.render(attack, lambda *_: ""))

    assert audit.tags <= markdown._TAGS
    assert audit.attributes <= {"href", "title", "class", "scope", "rel", "tabindex"}
    schemes = {match[1].lower() for url in audit.addresses if (match := re.match(r"\s*([a-z]+):", url, re.I))}
    assert schemes <= {"http", "https", "mailto"}


def test_raw_html_is_shown_as_text():
    assert render("<b>bold</b>") == "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"


def test_a_second_lock_cleans_what_a_picture_might_bring():
    html = markdown.render(
        f"![x](photo:{PHOTO})", lambda *_: '<img src="x" onerror="alert(1)"><script>1</script>'
    )

    assert "onerror" not in html
    assert "script" not in html


# A fifth of the longest text: what is read takes time in proportion, and the suite has none to lose.
BOMB_LENGTH = BODY_LENGTH_MOST // 5
BOMBS = {
    "quotes": ">" * BOMB_LENGTH,
    "lists": "* " * (BOMB_LENGTH // 2),
    "nested lists": "\n".join(" " * (2 * depth) + "- a" for depth in range(140)),
    "brackets": "[" * BOMB_LENGTH,
    "images": "![" * (BOMB_LENGTH // 2),
    "links": "[a](" * (BOMB_LENGTH // 4),
    "emphasis": "*a **a " * (BOMB_LENGTH // 7),
    "emphasis and brackets": "*[" * (BOMB_LENGTH // 2),
    "backticks": "".join("`" * count + " " for count in range(200)),
    "references": "[a]: /u\n\n" + "[a]" * ((BOMB_LENGTH - 9) // 3),
    "table": "|" * 500 + "\n" + "|-" * 500 + "|\n" + ("|" * 90 + "\n") * 200,
}


def test_the_words_of_a_long_text_are_counted_once():
    text = "\n\n".join("*a* b" for _ in range(BODY_LENGTH_MOST // 14))
    began = time.process_time()
    markdown._parser().parse(text)
    parsed = time.process_time()

    words = markdown.plain_text(text, length=len(text))

    # It was four times as long as the parsing when each paragraph counted all before it.
    assert time.process_time() - parsed < 2.5 * (parsed - began)
    assert len(words) == 4 * (BODY_LENGTH_MOST // 14) - 1


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_made_to_be_slow_is_read_in_bounded_time_and_depth(name):
    began = time.process_time()

    html = render(BOMBS[name])

    assert time.process_time() - began < 6
    assert Audit(html).deepest <= 2 * 20


def test_headings_begin_below_the_pages_own():
    assert render("## Two\n\n### Three") == "<h2>Two</h2>\n<h3>Three</h3>\n"
    assert render("# One\n\n###### Six") == "<h2>One</h2>\n<h6>Six</h6>\n"


def test_a_photo_alone_is_a_figure_with_its_caption():
    html = render(f'![Boats](photo:{PHOTO} "On the beach")')

    assert html.startswith("<figure><picture>")
    assert "<figcaption>On the beach</figcaption></figure>" in html


def test_the_photos_of_a_text_are_found_with_what_it_says_of_them():
    other = "01890a5d-ac96-774b-bcce-b302099a8058"
    text = (
        f"![Boats](photo:{PHOTO})\n\n`![no](photo:{other})` ![](photo:{other}) ![x](https://a.example/b.png)"
    )

    assert markdown.photos_in(text) == {UUID(PHOTO): "Boats", UUID(other): ""}
    assert markdown.foreign_images_in(text) == ["https://a.example/b.png"]


@pytest.mark.parametrize("address", ["photo:", "photo:1", f"photo:{PHOTO}x", f"photo:{PHOTO[:-1]}-", "x"])
def test_what_is_no_photo_is_none(address):
    assert markdown.photo_id_of(address) is None


def test_the_first_words_serve_as_a_description():
    assert (
        markdown.plain_text("# One\n\nTwo *three* [four](x) `five`", length=100) == "One Two three four five"
    )
    assert markdown.plain_text("word " * 100, length=20) == "word word word…"
