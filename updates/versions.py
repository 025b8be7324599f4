"""Versions of a product: read, compared and written by its scheme. Pure."""

from __future__ import annotations

from typing import Any

from updates.models import VersionScheme

INTEGER_DIGITS_MOST = 18


def parse_version(scheme: str, text: str) -> Any:
    """Something to compare with others of the same scheme.

    Raises:
        ValueError: the text is no version of this scheme, or not the way to write it.
    """
    if scheme == VersionScheme.SEMVER:
        from semver import Version

        return Version.parse(text)
    if scheme == VersionScheme.PEP440:
        return _pep440(text)
    if not (text.isascii() and text.isdigit()) or len(text) > INTEGER_DIGITS_MOST or text != str(int(text)):
        raise ValueError(text)
    return int(text)


def version_finding(scheme: str, text: str) -> str:
    """What is wrong with a version, in a sentence; empty when nothing is."""
    try:
        parse_version(scheme, text)
    except ValueError:
        return _EXAMPLES[VersionScheme(scheme)]
    return ""


def is_newer(scheme: str, text: str, than: str) -> bool:
    """Whether a version comes after another. Build metadata does not count (SemVer 2.0.0 §10)."""
    return bool(parse_version(scheme, text) > parse_version(scheme, than))


def _pep440(text: str) -> Any:
    from packaging.version import Version

    version = Version(text)  # Its InvalidVersion is a ValueError.
    if str(version) != text:
        # `1.0` and `v1.0.` would be one version under two file names.
        raise ValueError(text)
    if version.local or version.epoch:
        # Neither `+` nor `!` may stand in a file name.
        raise ValueError(text)
    return version


_EXAMPLES = {
    VersionScheme.SEMVER: "Write a version such as 1.4.0 or 2.0.0-rc.1 (SemVer 2.0.0).",
    VersionScheme.PEP440: "Write a public version in its normal form, such as 1.4 or 2.0rc1 (PEP 440).",
    VersionScheme.INTEGER: "Write a whole number without leading zeros, such as 42.",
}
