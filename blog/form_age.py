"""How old a form is, said by a signed time in it: nobody fills one in within a second.

A form in a file at the edge is the same for everybody and has no time of its own; it carries a signature
that says so. What comes without either was made by a program, or long ago: it is shown the form.
"""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

# The signature counts whole seconds, so this is one to two.
LEAST = timedelta(seconds=2)
MOST = timedelta(days=1)
_SALT = "blog.form"
_FILE = "file"


def token_of_page() -> str:
    """For a form on a page that is made for this reader now."""
    return signing.TimestampSigner(salt=_SALT).sign("page")


def token_of_file() -> str:
    """For a form in a file: always the same, so that the file's bytes are."""
    return signing.Signer(salt=_SALT).sign(_FILE)


def is_of_age(token: str) -> bool:
    """Whether a person may have filled in the form with this token."""
    try:
        if signing.Signer(salt=_SALT).unsign(token) == _FILE:
            return True
    except signing.BadSignature:
        pass
    signer = signing.TimestampSigner(salt=_SALT)
    try:
        signer.unsign(token, max_age=MOST)
    except signing.BadSignature:
        return False
    try:
        signer.unsign(token, max_age=LEAST)
    except signing.SignatureExpired:
        return True
    return False
