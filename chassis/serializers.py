"""Serializers that read input strictly: an unknown field is an error, not a shrug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from chassis.texts import find_forbidden, normalise


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know, bodies that are not an object, and values of another JSON
    type than the document says: DRF would take 7 for "7" and "yes" for true.

    For bodies. In a query everything is text: there, numbers and booleans need a plain serializer.
    """

    def to_internal_value(self, data: Any) -> Any:
        """The validated values.

        Raises:
            ValidationError: code `unknown-field` at each name that is not a writable field, and
                `wrong-type` at each value of another JSON type.
        """
        if isinstance(data, Mapping):
            known = {name: field for name, field in self.fields.items() if not field.read_only}
            found: dict[str, Any] = {name: [_unknown(known)] for name in data if name not in known}
            for name, field in known.items():
                if name in data and (finding := _wrong_type(field, data[name])):
                    found[name] = finding
            if found:
                raise serializers.ValidationError(found)
        return super().to_internal_value(data)


def _unknown(known: Mapping[str, Any]) -> ErrorDetail:
    names = ", ".join(sorted(known)) or _("none")
    return ErrorDetail(_("Unknown field. Known are: %(names)s.") % {"names": names}, code="unknown-field")


def _expected(sentence: Any) -> list[ErrorDetail]:
    return [ErrorDetail(str(sentence), code="wrong-type")]


_TEXTS = (
    serializers.CharField,
    serializers.UUIDField,
    serializers.DateTimeField,
    serializers.DateField,
    serializers.TimeField,
)


def _wrong_type(field: Any, value: Any) -> Any:
    """What is wrong with the JSON type of `value`, in the shape of DRF's errors; None if nothing is."""
    if value is None:
        return None  # The field itself says whether it may be null.
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        found = {
            place: finding for place, item in enumerate(value) if (finding := _wrong_type(field.child, item))
        }
        return found or None
    if isinstance(field, _TEXTS) and not isinstance(value, str):
        return _expected(_("Send a text in double quotes."))
    if isinstance(field, serializers.BooleanField) and not isinstance(value, bool):
        return _expected(_("Send true or false, without quotes."))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(field, serializers.IntegerField | serializers.FloatField) and not is_number:
        return _expected(_("Send a number, without quotes."))
    return None


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
        text = normalise(data)
        if (found := find_forbidden(text, multiline=self.multiline)) is not None:
            code, position = found
            self.fail(code, position=position)
        return super().to_internal_value(text)
