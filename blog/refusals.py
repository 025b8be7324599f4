"""Why a photo was refused, in a sentence that says what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "not-a-picture": _("This is no picture that is read here. Send a JPEG, PNG, WebP, GIF or AVIF file."),
    "heic": _("This is a HEIC picture, which browsers do not show. Export it as JPEG and send that."),
    "too-many-pixels": _("This picture has too many pixels. Make it smaller and send it again."),
    "truncated": _("This file ends in the middle of the picture. Send it again."),
    "broken": _("This file is damaged: it begins like a picture, but cannot be read. Send another copy."),
    "gone": _("The file is no longer in the store. Send it again."),
}


def sentence(reason: str) -> str:
    """The sentence for a reason; empty for none."""
    return str(SENTENCES.get(reason, reason))
