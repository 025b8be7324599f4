"""Words of texts and of searches, the same for both. Pure.

Small letters without accents; Chinese, Japanese and Korean, which have no spaces or endings in their place,
letter by letter, so that a part of a sentence is found as a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chassis.errors import FieldError, InvalidInput

QUERY_LENGTH_MOST = 200
PAGES_MOST = 50
TERMS_MOST = 16
WORD_LENGTH_MOST = 100
EXCERPT_LENGTH = 240
# Letters before the first found word in an excerpt.
_BEFORE = 60
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
# The marks that make かき another word than がき are no accents.
_VOICING = "\u3099\u309a"
_TOKEN = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Term:
    """A word, or words that stand one after the other; wanted or not."""

    words: tuple[str, ...]
    is_wanted: bool = True


def folded(text: str) -> str:
    """The text as it is searched: no capitals, no accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in parts if letter in _VOICING or not unicodedata.combining(letter))
    # What is left of the parts belongs together: 한 is one letter, not three.
    return unicodedata.normalize("NFC", plain)


def words_of(text: str) -> list[str]:
    """The words of a text, as it is searched."""
    return [word[:WORD_LENGTH_MOST] for word in _WORD.findall(folded(text))]


def read_search(text: str) -> list[Term]:
    """What somebody looks for: words, "words in this order", -not these. Everything else is punctuation."""
    found = []
    for minus, quoted, bare in _TOKEN.findall(text):
        words = tuple(words_of(quoted or bare))
        if words:
            found.append(Term(words, is_wanted=not minus))
    return found[:TERMS_MOST]


def query_in(text: str) -> str:
    """What is looked for, with single spaces.

    Raises:
        InvalidInput: at `?q`: nothing, or more than anybody looks for.
    """
    text = " ".join(text.split())
    if not text:
        raise _invalid("?q", "blank", _("Say what you look for."))
    if len(text) > QUERY_LENGTH_MOST:
        raise _invalid("?q", "too-long", _("At most %(most)d characters.") % {"most": QUERY_LENGTH_MOST})
    return text


def page_in(text: str) -> int:
    """The number of a page.

    Raises:
        InvalidInput: at `?page`.
    """
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= PAGES_MOST:
        return int(text[:9])
    raise _invalid(
        "?page", "out-of-range", _("Pages are numbered from 1 to %(most)d.") % {"most": PAGES_MOST}
    )


def marked(text: str, terms: Sequence[Term]) -> SafeString:
    """The text as HTML, with the wanted words in `<mark>`."""
    parts, end = [], 0
    for start, stop in _places(text, terms):
        parts += [escape(text[end:start]), f"<mark>{escape(text[start:stop])}</mark>"]
        end = stop
    parts.append(conditional_escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped


def excerpt(text: str, terms: Sequence[Term]) -> str:
    """Some words around the first that was looked for."""
    first = next((start for start, _ in _places(text, terms)), 0)
    start = max(0, first - _BEFORE)
    if start:
        start = text.find(" ", start, first) + 1 or start
    end = start + EXCERPT_LENGTH
    if end < len(text):
        end = max(text.rfind(" ", start, end), first + 1)
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"


def _places(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where words of the text begin and end that were looked for, or have the same stem."""
    wanted = {word for term in terms if term.is_wanted for word in term.words}
    known: dict[str, bool] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        if word not in known:
            known[word] = any(_is_like(one, wanted) for one in words_of(word))
        if known[word]:
            yield match.span()


def _is_like(word: str, wanted: set[str]) -> bool:
    if word in wanted:
        return True
    return any(len(one) > 3 and len(word) > 3 and _stem(word) == _stem(one) for one in wanted)


def _stem(word: str) -> str:
    """Roughly what the database's own stemmer makes of it; for showing, not for finding."""
    for ending in ("ingly", "edly", "ing", "ies", "ed", "es", "ly", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _invalid(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
