"""Serializers that read input strictly: an unknown field is an error, not a shrug."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

# Explicit directional overrides can make one text look like another (Unicode TR 36 §2.4).
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ALLOWED_CONTROLS = frozenset("\n\r\t")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know and bodies that are not an object."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values.

        Raises:
            ValidationError: code `unknown-field` at each name that is not a writable field.
        """
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {name: [self._unknown(known)] for name in data if name not in known}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)

    def _unknown(self, known: set[str]) -> Any:
        from rest_framework.exceptions import ErrorDetail

        names = ", ".join(sorted(known)) or _("none")
        return ErrorDetail(_("Unknown field. Known are: %(names)s.") % {"names": names}, code="unknown-field")


class TextField(serializers.CharField):
    """A text for people: NFC, without control characters, bidi overrides or lone surrogates.

    `multiline=True` lets line breaks and tabs through. Numbers and booleans are not taken as text.
    """

    default_error_messages = {
        "control_character": _("Remove the control character at position {position}."),
        "bidi_override": _("Remove the text-direction override at position {position}."),
        "not_text": _("Send a text in double quotes."),
    }

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The cleaned text."""
        if not isinstance(data, str):
            self.fail("not_text")
        text = unicodedata.normalize("NFC", data)
        for position, letter in enumerate(text):
            if letter in _BIDI_OVERRIDES:
                self.fail("bidi_override", position=position)
            category = unicodedata.category(letter)
            allowed = self.multiline and letter in _ALLOWED_CONTROLS
            if category in ("Cc", "Cs") and not allowed:
                self.fail("control_character", position=position)
        return super().to_internal_value(text)
