"""Release notes: Markdown (CommonMark) to HTML that holds nothing which runs or loads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_DEEPEST = 20
_TAGS = frozenset(
    """
    a blockquote br code del em h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul
    """.split()  # noqa: SIM905 - a list of names is read more easily so
)
# The release's own heading is the second level.
_LEVELS_DOWN = 2


def render_notes(text: str) -> str:
    """The notes as HTML. Raw HTML in them is text; what was made is cleaned all the same."""
    import nh3

    tokens = _parser().parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _LEVELS_DOWN, 6)}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable(
        ["table", "strikethrough"]
    )
