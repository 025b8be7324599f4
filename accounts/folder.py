"""The rules of a user's folder: which keys there are, and what temporary credentials may do.

Pure: no storage is asked here. A key is relative to `users/<subject>/` in the users' bucket.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from chassis.auth import validate_subject
from chassis.errors import FieldError, InvalidInput

KEY_BYTES_MOST = 900  # S3 allows 1024 for the whole key, with the prefix.
SEGMENT_BYTES_MOST = 255
# Written by the services for the user; the user's own credentials may only read them.
RESERVED_PREFIXES = ("exports/", "todos/")
# Encoded forms of `/`, `\\`, `.`, `%` and NUL: somebody on the way might decode them once more.
_ENCODED = re.compile(r"%(2f|5c|2e|25|00)", re.IGNORECASE)
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def prefix_of(subject: str) -> str:
    """`users/<subject>/`, with its slash: `users/a/` is no prefix of `users/ab/`.

    Raises:
        InvalidInput: the subject is not a plain name.
    """
    return f"users/{validate_subject(subject)}/"


def object_key(subject: str, key: str, *, pointer: str = "/key") -> str:
    """The key in the bucket of a user's key.

    Raises:
        InvalidInput: at `pointer`, with the rule that the key breaks.
    """
    if finding := key_finding(key):
        raise InvalidInput(f"{pointer}: {finding}", errors=[FieldError(pointer, "invalid-key", finding)])
    return prefix_of(subject) + key


def writable_key(subject: str, key: str, *, pointer: str = "/key") -> str:
    """The same, for a file that the user is to write or delete.

    Raises:
        InvalidInput: the key is invalid, or in a part that only the services write.
    """
    found = object_key(subject, key, pointer=pointer)
    if is_reserved(key):
        reserved = " and ".join(RESERVED_PREFIXES)
        detail = f"Files under {reserved} are written by the services. Choose another place."
        raise InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, "reserved-key", detail)])
    return found


def is_reserved(key: str) -> bool:
    """Whether only the services write here. Letters of another case are no way around it."""
    return key.lower().startswith(RESERVED_PREFIXES)


def key_finding(key: str, *, is_prefix: bool = False) -> str:
    """What is wrong with a key, in a sentence; empty when nothing is. A prefix may be empty or end in `/`."""
    if is_prefix:
        if not key:
            return ""
        key = key.removesuffix("/")
    if not key:
        return "Begin with a name, not with a slash." if is_prefix else "Name the file."
    if len(key.encode("utf-8", "surrogatepass")) > KEY_BYTES_MOST:
        return f"Keep the whole name within {KEY_BYTES_MOST} bytes."
    for letter in key:
        if letter == "\\" or unicodedata.category(letter) in _FORBIDDEN_CATEGORIES:
            return f"Leave out the character U+{ord(letter):04X}."
    if encoded := _ENCODED.search(key):
        return f"Leave out `{encoded.group()}`, which could be read as another character."
    if unicodedata.normalize("NFC", key) != key:
        return "Send the name in Unicode normalisation form C."
    return next((finding for segment in key.split("/") if (finding := _segment_finding(segment))), "")


def _segment_finding(segment: str) -> str:
    if not segment:
        return "Do not begin or end with a slash, nor write two of them."
    if segment in (".", ".."):
        return "Do not use `.` or `..` as a folder."
    if segment != segment.strip():
        return "Do not begin or end a name with a space."
    if len(segment.encode()) > SEGMENT_BYTES_MOST:
        return f"Keep each part between slashes within {SEGMENT_BYTES_MOST} bytes."
    return ""


def session_policy(subject: str, *, bucket: str, may_write: bool) -> dict[str, Any]:
    """The policy that binds temporary credentials to one folder (AWS STS: AssumeRole, session policies).

    It only takes away from what the role may do, so it is always sent. Over quota it leaves
    `PutObject` out, so the quota holds within the life of one set of credentials.
    """
    prefix = prefix_of(subject)
    folder = f"arn:aws:s3:::{bucket}/{prefix}"
    actions = ["s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    if may_write:
        actions.append("s3:PutObject")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": [f"{folder}*"]},
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
                "Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}},
            },
            {
                "Effect": "Deny",
                "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                "Resource": [f"{folder}{reserved}*" for reserved in RESERVED_PREFIXES],
            },
        ],
    }
