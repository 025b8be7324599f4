"""What a text for people may hold: the same rule for forms, bodies and batches."""

from __future__ import annotations

import re
import unicodedata

# Explicit directional overrides can make one text look like another (Unicode TR 36 §2.4).
BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BIDI = "\u202a-\u202e\u2066-\u2069"
# Categories Cc and Cs.
_ONE_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_BIDI}]")
_MULTILINE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_BIDI}]")


def normalise(text: str) -> str:
    """The text in Unicode normalisation form C."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def find_forbidden(text: str, *, multiline: bool = False) -> tuple[str, int] | None:
    """The code and the position of the first character that no text may hold; None where there is none.

    `bidi_override` or `control_character`. `multiline` lets line breaks and tabs through.
    """
    if text.isprintable():
        # None of theirs is: all are of the categories Cc, Cf and Cs.
        return None
    match = (_MULTILINE if multiline else _ONE_LINE).search(text)
    if match is None:
        return None
    code = "bidi_override" if match.group() in BIDI_OVERRIDES else "control_character"
    return code, match.start()
