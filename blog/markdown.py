"""Markdown of posts: CommonMark with tables and strikethrough, photos of this blog, nothing that runs.

markdown-it-py reads it, at most 20 blocks deep and in a time that grows with the length of the text;
raw HTML is text to it. What it wrote is cleaned by nh3 all the same: two locks on one door.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# `![What is to be seen](photo:01890a5d-ac96-774b-bcce-b302099a8057 "A line below it")`
PHOTO_SCHEME = "photo:"
# Writes the `<picture>` of a photo: its id, the text of the Markdown, whether it is the first.
PictureOf = Callable[[UUID, str, bool], str]

_PHOTO = re.compile(rf"{PHOTO_SCHEME}([0-9a-f-]{{36}})", re.ASCII)
_DEEPEST = 20
_TAGS = frozenset(
    {
        *("a", "abbr", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption"),
        *("h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "picture", "pre", "source", "strong"),
        *("figure", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    }
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "tabindex"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding", "fetchpriority"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "source": {"type", "srcset", "sizes"},
    "td": {"class"},
    "th": {"class", "scope"},
}
# What can be wider than the column is moved sideways, by the keyboard as well. Nobody's text has these tags:
# it has `&lt;`.
_MOVED = {
    "<pre>": '<pre tabindex="0">',
    "<table>": '<div class="scroll" tabindex="0"><table>',
    "</table>": "</table></div>",
}
_SCHEMES = {"http", "https", "mailto"}
_ALIGNMENT = re.compile(r"text-align:\s*(left|right|center)")


def render(text: str, picture_of: PictureOf) -> str:
    """The text as HTML. Headings begin at the second level: the page's own is the first."""
    import nh3

    parser = _parser()
    tokens = _arranged(parser.parse(text))
    html = parser.renderer.render(tokens, parser.options, {"picture_of": picture_of})
    for tag, moved in _MOVED.items():
        html = html.replace(tag, moved)
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener",
        strip_comments=True,
    )


def photos_in(text: str) -> dict[UUID, str]:
    """The photos that the text shows, in their order, each with the alternative text that it gives."""
    found: dict[UUID, str] = {}
    for image in _images(text):
        if (photo_id := photo_id_of(str(image.attrGet("src") or ""))) is not None:
            # Empty where any of its places leaves it to the photo's own.
            found[photo_id] = found.get(photo_id, image.content) and image.content
    return found


def foreign_images_in(text: str) -> list[str]:
    """The addresses of pictures that are no photos of this blog: readers would not see them."""
    sources = [str(image.attrGet("src") or "") for image in _images(text)]
    return [source for source in sources if photo_id_of(source) is None]


def with_photo_addresses(text: str, addresses: Mapping[UUID, str]) -> str:
    """The text with public addresses in place of `photo:<id>`, for those of which there is one."""

    def public(match: re.Match[str]) -> str:
        photo_id = photo_id_of(match[0])
        return addresses.get(photo_id, match[0]) if photo_id else match[0]

    return re.sub(_PHOTO.pattern, public, text)


def photo_id_of(address: str) -> UUID | None:
    """The id in `photo:<id>`; None for any other address."""
    match = _PHOTO.fullmatch(address)
    try:
        return UUID(match[1]) if match else None
    except ValueError:
        return None


def plain_text(text: str, *, length: int) -> str:
    """The first words of the text without its marks, for a description where nobody wrote a summary."""
    words: list[str] = []
    count = 0
    for token in _parser().parse(text):
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                words.append(child.content)
                count += len(child.content)
        if count > length:
            break
    joined = re.sub(r"\s+", " ", " ".join(words)).strip()
    return joined if len(joined) <= length else joined[: length - 1].rsplit(" ", 1)[0] + "…"


def _images(text: str) -> Iterator[Token]:
    # There is no picture without these, and to read a text takes as long as to make a page of it.
    if "![" not in text:
        return
    for token in _parser().parse(text):
        yield from (child for child in token.children or () if child.type == "image")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("image", _render_image)
    return parser


def _render_image(self: Any, tokens: list[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    photo_id = photo_id_of(str(token.attrGet("src") or ""))
    if photo_id is None:
        return ""
    is_first = not env.get("has_picture")
    env["has_picture"] = True
    written: str = env["picture_of"](photo_id, token.content, is_first)
    return written


def _arranged(tokens: list[Token]) -> list[Token]:
    """Headings below the page's own; a photo that stands alone as a figure; alignment of cells as a class."""
    lowered = any(token.type == "heading_open" and token.tag == "h1" for token in tokens)
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close") and lowered:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        elif token.type in ("th_open", "td_open"):
            _align(token)
        elif token.type == "inline" and _stands_alone(token):
            _make_figure(tokens, place)
    return tokens


def _align(token: Token) -> None:
    match = _ALIGNMENT.search(str(token.attrGet("style") or ""))
    token.attrs = {"class": match[1]} if match else {}
    if token.type == "th_open":
        token.attrs["scope"] = "col"


def _stands_alone(inline: Token) -> bool:
    children = [
        child for child in inline.children or () if child.type != "softbreak" and child.content.strip()
    ]
    images = [child for child in inline.children or () if child.type == "image"]
    return (
        len(images) == 1
        and all(child.type == "image" for child in children)
        and photo_id_of(str(images[0].attrGet("src") or "")) is not None
    )


def _make_figure(tokens: list[Token], place: int) -> None:
    """The paragraph around tokens[place] becomes a figure, the picture's title its caption."""
    before, inline, after = tokens[place - 1], tokens[place], tokens[place + 1]
    if before.type != "paragraph_open":
        return
    from markdown_it.token import Token

    before.tag = after.tag = "figure"
    before.hidden = after.hidden = False
    image = next(child for child in inline.children or () if child.type == "image")
    inline.children = [image]
    if caption := str(image.attrGet("title") or ""):
        inline.children += [
            Token("figcaption_open", "figcaption", 1),
            Token("text", "", 0, content=caption),
            Token("figcaption_close", "figcaption", -1),
        ]
