"""Mail addresses: which ones are taken, and when two are the same. Pure.

The domain is written as DNS has it (RFC 5891: `bücher.example` is `xn--bcher-kva.example`). What stands
before the `@` is kept as it was typed, in ASCII: the provider takes no other. Two addresses that differ
in capitals alone are one subscriber.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from chassis.errors import FieldError, InvalidInput

ADDRESS_LENGTH_MOST = 254  # RFC 5321 §4.5.3.1.3, without the brackets
LOCAL_LENGTH_MOST = 64


def deliverable(text: str, *, pointer: str = "/email") -> str:
    """The address as mail is sent to it.

    Raises:
        InvalidInput: at `pointer`, with what is wrong.
    """
    address = unicodedata.normalize("NFC", text.strip(" "))
    if any(unicodedata.category(letter).startswith(("C", "Z")) for letter in address):
        raise _invalid(
            pointer, "control-character", _("An address has no spaces, line breaks or control characters.")
        )
    local, at, domain = address.rpartition("@")
    if not at or not local:
        raise _invalid(
            pointer, "invalid-address", _("This is no e-mail address: write it as name@example.com.")
        )
    if not local.isascii():
        raise _invalid(
            pointer, "invalid-address", _("Before the @, only letters of ASCII can be written to.")
        )
    found = f"{local}@{_ascii_domain(domain, pointer)}"
    if len(local) > LOCAL_LENGTH_MOST or len(found) > ADDRESS_LENGTH_MOST:
        raise _invalid(pointer, "too-long", _("This address is too long to be one."))
    try:
        EmailValidator(allowlist=[])(found)
    except ValidationError as error:
        detail = _("This is no e-mail address: write it as name@example.com.")
        raise _invalid(pointer, "invalid-address", detail) from error
    if '"' in local:
        raise _invalid(pointer, "invalid-address", _("Addresses in quotation marks are not taken."))
    return found


def key_of(address: str) -> str:
    """What two spellings of one address have in common."""
    return address.lower()


def _ascii_domain(domain: str, pointer: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        detail = _("The part after the @ is no domain: write it as example.com.")
        raise _invalid(pointer, "invalid-domain", detail) from error


def _invalid(pointer: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
