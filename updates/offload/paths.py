"""Which paths are artifacts: the one list that audit, plan, the desk's edge and the stack share.

Patterns are CloudFront's: `*` stands for any characters, slashes too, `?` for one; capitals count. One
without a slash in front is looked for at the end of a path.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

DEFAULT_PATTERNS = (
    "*.exe", "*.msi", "*.msix", "*.dmg", "*.pkg", "*.zip", "*.7z", "*.tar.gz", "*.tgz", "*.tar.xz",
    "*.tar.bz2", "*.tar.zst", "*.deb", "*.rpm", "*.AppImage", "*.snap", "*.flatpak", "*.apk", "*.ipa",
    "*.nupkg", "*.jar", "*.whl", "*.iso", "*.img", "*.bin", "*.delta", "*.patch", "*.blockmap",
)  # fmt: skip
# The bytes under such a name change with each release, so a copy may live only shortly.
MUTABLE_NAME = r"(?i)(latest|current|nightly|snapshot)[^/]*$"
SECONDS = 86_400
MUTABLE_SECONDS = 60
# A query that carries a signature or a key decides who may read: never answered from a copy.
SIGNED_QUERY = (
    r"(?i)(?:^|&)(?:x-amz-[a-z]+|signature|sig|token|access_token|key|key-pair-id|policy|expires|hmac)="
)

_MUTABLE = re.compile(MUTABLE_NAME)
_SIGNED = re.compile(SIGNED_QUERY)
# As `ArtifactPattern1` of infra/offload.yaml: what the plan takes, the stack must take.
_ALLOWED = re.compile(r"[A-Za-z0-9/._*?~@%+,:&=$-]+")


class BadPattern(ValueError):
    """A pattern that no edge would take."""


def pattern_regex(pattern: str) -> str:
    """The pattern as a regular expression for a whole path.

    Raises:
        BadPattern: it is empty, too long, or has characters that CloudFront does not take.
    """
    if not pattern or len(pattern) > 255 or not _ALLOWED.fullmatch(pattern):
        raise BadPattern(
            f"“{pattern}” is no path pattern: letters, digits, / . - _ ~ and the wildcards * and ?; "
            "write ? for any other character."
        )
    if not pattern.startswith(("/", "*")):
        pattern = f"/{pattern}"
    return "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)


@lru_cache(maxsize=64)
def matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all patterns, for whole paths."""
    return re.compile("|".join(f"(?:{pattern_regex(pattern)})" for pattern in patterns) or r"(?!)")


def is_artifact(path: str, patterns: Sequence[str] = DEFAULT_PATTERNS) -> bool:
    """Whether the edge keeps copies of a path."""
    return matcher(tuple(patterns)).fullmatch(path) is not None


def is_signed(query: str) -> bool:
    """Whether a query decides who may read."""
    return bool(query) and _SIGNED.search(query) is not None


def mutable_word(path: str) -> str:
    """The word in a name, as it is written there, that says that other bytes will come; empty without one."""
    found = _MUTABLE.search(path)
    return found[1] if found else ""


def seconds_of(path: str, seconds: int = SECONDS) -> int:
    """For how long a copy of a path is fresh."""
    return min(seconds, MUTABLE_SECONDS) if _MUTABLE.search(path) else seconds
