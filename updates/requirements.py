"""Which installations may get a release: what can be asked of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chassis.errors import FieldError
from updates.models import OperatingSystem
from updates.versions import is_newer, version_finding

LOCALES_MOST = 100
BUILD_NUMBER_MOST = 2**53 - 1  # What every reader of JSON can hold.
_SYSTEMS = (OperatingSystem.WINDOWS, OperatingSystem.MACOS, OperatingSystem.LINUX)
_SYSTEM_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}", re.ASCII)
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)


def findings(scheme: str, version: str, asked: Mapping[str, Any]) -> Iterator[FieldError]:
    """What is wrong with the requirements of a release, each at its field."""
    for name in ("minimum_version", "from_version", "below_version"):
        text = asked.get(name) or ""
        if text and (finding := version_finding(scheme, text)):
            yield FieldError(f"/{name}", "not-a-version", finding)
        elif text and name != "below_version" and is_newer(scheme, text, version):
            detail = f"This release is {version}; nobody could fulfil a higher minimum."
            yield FieldError(f"/{name}", "too-high", detail)
    yield from _range_findings(scheme, asked.get("from_version") or "", asked.get("below_version") or "")
    yield from _system_findings(asked.get("minimum_systems") or {})
    yield from _locale_findings(asked.get("locales") or [])
    number = asked.get("build_number")
    if number is not None and not 0 <= number <= BUILD_NUMBER_MOST:
        yield FieldError("/build_number", "out-of-range", f"Write a number from 0 to {BUILD_NUMBER_MOST}.")


def _range_findings(scheme: str, lowest: str, below: str) -> Iterator[FieldError]:
    if not lowest or not below or version_finding(scheme, lowest) or version_finding(scheme, below):
        return
    if not is_newer(scheme, below, lowest):
        yield FieldError(
            "/below_version", "empty-range", f"No version is from {lowest} on and below {below}."
        )


def _system_findings(systems: Any) -> Iterator[FieldError]:
    if not isinstance(systems, dict):
        yield FieldError("/minimum_systems", "not-an-object", 'Write it such as {"macos": "12.0"}.')
        return
    for name, text in systems.items():
        if name not in _SYSTEMS:
            known = ", ".join(_SYSTEMS)
            yield FieldError("/minimum_systems", "unknown-system", f"“{name[:20]}” is none of {known}.")
        elif not isinstance(text, str) or not _SYSTEM_VERSION.fullmatch(text):
            detail = f"Write the version of {name} as numbers with dots, such as 10.0.19045."
            yield FieldError(f"/minimum_systems/{name}", "not-a-system-version", detail)


def _locale_findings(locales: Any) -> Iterator[FieldError]:
    if not isinstance(locales, list) or len(locales) > LOCALES_MOST:
        yield FieldError("/locales", "not-a-list", f'Write at most {LOCALES_MOST}, such as ["de", "pt-BR"].')
        return
    for place, text in enumerate(locales):
        if not isinstance(text, str) or not _LOCALE.fullmatch(text):
            yield FieldError(
                f"/locales/{place}", "not-a-locale", "Write a language such as de or pt-BR (BCP 47)."
            )
