"""`latest.yml` and its kin, as electron-updater's generic provider reads them.

A file a channel and platform, from the first day: a missing one is an error to the client. It tells
one version; who is outside of a rollout gets nothing from it. With nobody inside it tells the one before.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from updates.models import Architecture, OperatingSystem, VersionScheme
from updates.renderers.product_state import PublicArtifact, PublicChannel, PublicProduct, PublicRelease

# What electron-updater asks for unless an application names a channel.
FIRST_CHANNEL, ITS_NAME = "stable", "latest"
# Node's words for processors; the client looks for them in the whole address of a file.
NODE_ARCHITECTURES = {Architecture.X86_64: "x64", Architecture.ARM64: "arm64", Architecture.X86: "ia32"}
_ANYWHERE = frozenset({Architecture.ANY, Architecture.UNIVERSAL})
# What YAML wants to be written by its number.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# Darwin's version, which is what `os.release()` says on a Mac; since macOS 26 one less, before nine more.
_DARWIN_SINCE_26 = 1
_DARWIN_BEFORE_26 = 9


@dataclass(frozen=True)
class Platform:
    """One file of a channel: whose it is, and which endings its clients install, the best first."""

    suffix: str
    operating_system: str
    endings: tuple[str, ...]
    architectures: frozenset[str]

    def takes(self, artifact: PublicArtifact) -> bool:
        """Whether a file is for these clients."""
        return (
            artifact.operating_system == self.operating_system
            and artifact.architecture in self.architectures | _ANYWHERE
            and artifact.file_name.lower().endswith(self.endings)
        )


_ALL = frozenset(NODE_ARCHITECTURES)
_LINUX = (".appimage", ".deb", ".rpm", ".pacman")
PLATFORMS = (
    Platform("", OperatingSystem.WINDOWS, (".exe", ".msi"), _ALL),
    Platform("-mac", OperatingSystem.MACOS, (".zip", ".dmg", ".pkg"), _ALL),
    Platform("-linux", OperatingSystem.LINUX, _LINUX, frozenset({Architecture.X86_64})),
    Platform("-linux-arm64", OperatingSystem.LINUX, _LINUX, frozenset({Architecture.ARM64})),
)


def render(product: PublicProduct) -> Iterator[tuple[str, bytes]]:
    """The key and the bytes of every file.

    Raises:
        ValueError: one would not be what the client takes.
    """
    for channel in product.channels:
        for platform in PLATFORMS:
            yield key_of(product, channel, platform), _render(product, channel, platform)


def key_of(product: PublicProduct, channel: PublicChannel, platform: Platform) -> str:
    """Where a file is; what is before its last slash is the `url` of the application's publish section."""
    name = ITS_NAME if channel.slug == FIRST_CHANNEL else channel.slug
    return f"{product.prefix}electron/{name}{platform.suffix}.yml"


def product_finding(slug: str, version_scheme: str, channels: Iterable[str]) -> str:
    """Why a product cannot serve electron-updater, in a sentence; empty when it can."""
    if version_scheme != VersionScheme.SEMVER:
        return "electron-updater reads SemVer versions only."
    if ITS_NAME in channels:
        return f"To electron-updater the channel {FIRST_CHANNEL} is called {ITS_NAME}: no other one may be."
    if any(word in slug for word in NODE_ARCHITECTURES.values()):
        return "electron-updater looks for x64, arm64 and ia32 in whole addresses: not in this short name."
    return ""


def release_finding(artifacts: Sequence[PublicArtifact]) -> str:
    """What electron-updater would stumble over in a release, in a sentence; empty when nothing."""
    for platform in PLATFORMS:
        found = [artifact for artifact in artifacts if platform.takes(artifact)]
        endings = {artifact.file_name.lower()[-4:] for artifact in found}
        if platform.operating_system == OperatingSystem.MACOS and found and ".zip" not in endings:
            return "For macOS add the .zip, too: electron-updater installs nothing else there."
        for artifact in found:
            finding = _name_finding(artifact, among=found)
            if finding:
                return finding
    return ""


def _name_finding(artifact: PublicArtifact, *, among: list[PublicArtifact]) -> str:
    named = [word for word in NODE_ARCHITECTURES.values() if word in artifact.file_name]
    own = NODE_ARCHITECTURES.get(Architecture(artifact.architecture))
    if [word for word in named if word != own]:
        return f"{artifact.file_name} names another processor: electron-updater goes by the name."
    # Without a match it takes the first one, which is for x64.
    if own not in (None, "x64") and not named and len({one.architecture for one in among}) > 1:
        return f"Put “{own}” into the name of {artifact.file_name}: electron-updater chooses by it."
    return ""


def _render(product: PublicProduct, channel: PublicChannel, platform: Platform) -> bytes:
    document = _document(product, channel, platform)
    validate(document)
    return "".join(_lines(document)).encode()


def _document(product: PublicProduct, channel: PublicChannel, platform: Platform) -> dict[str, Any]:
    for release in channel.releases:
        files = [artifact for artifact in release.downloads if platform.takes(artifact)]
        if files and release.rollout.percent and _can_be_told(release):
            return _release(product, release, sorted(files, key=_order(platform)), platform)
    # Nobody is below it, and nobody within its rollout, should an application allow to go back.
    return {"version": "0.0.0", "files": [], "stagingPercentage": 0}


def _can_be_told(release: PublicRelease) -> bool:
    """Whether the file can say for whom it is: it knows no versions to come from, and no languages."""
    asked = release.requirements
    return not (asked.from_version or asked.below_version or asked.locales)


def _order(platform: Platform) -> Any:
    """The most common processor first, since a client without a match takes the first of its ending."""
    processors = [*NODE_ARCHITECTURES, *sorted(_ANYWHERE)]

    def key(artifact: PublicArtifact) -> tuple[int, int, str]:
        name = artifact.file_name.lower()
        ending = next(at for at, ending in enumerate(platform.endings) if name.endswith(ending))
        return ending, processors.index(Architecture(artifact.architecture)), artifact.file_name

    return key


def _release(
    product: PublicProduct, release: PublicRelease, files: list[PublicArtifact], platform: Platform
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "version": release.version,
        "files": [_file(product, artifact) for artifact in files],
        # Applications with an electron-updater from before 2.16 read these two.
        "path": product.url(files[0].key),
        "sha512": _base64(files[0].sha512),
        "releaseDate": f"{release.released_at.strftime('%Y-%m-%dT%H:%M:%S')}.000Z",
    }
    if release.notes:
        document["releaseNotes"] = release.notes
    if not release.rollout.is_for_all:
        # With 100 the client would still leave somebody out.
        document["stagingPercentage"] = release.rollout.percent
    minimum = minimum_system(platform, release.requirements.minimum_systems)
    if minimum:
        document["minimumSystemVersion"] = minimum
    return document


def _file(product: PublicProduct, artifact: PublicArtifact) -> dict[str, Any]:
    return {
        "url": product.url(artifact.key),
        "sha512": _base64(artifact.sha512),
        "size": artifact.size,
    }


def minimum_system(platform: Platform, minimums: Any) -> str:
    """The oldest system as the client compares it: with `os.release()`, as SemVer; empty if none is asked."""
    asked = minimums.get(platform.operating_system, "")
    numbers = [int(part) for part in re.findall(r"\d+", asked)][:3]
    if not numbers:
        return ""
    if platform.operating_system == OperatingSystem.MACOS:
        # macOS 10.15 is Darwin 19, 12.3 is Darwin 21.4; of the smaller numbers only the first is sure.
        major = numbers[0]
        if major == 10:
            darwin = (numbers[1] if len(numbers) > 1 else 0) + 4
        else:
            darwin = major - _DARWIN_SINCE_26 if major >= 26 else major + _DARWIN_BEFORE_26
        numbers = [darwin, 0, 0]
    return ".".join(map(str, [*numbers, 0, 0][:3]))


def validate(document: dict[str, Any]) -> None:
    """Hold a file against what the client takes.

    Raises:
        ValueError: with what is wrong.
    """
    from semver import Version

    Version.parse(document["version"])
    staging = document.get("stagingPercentage", 0)
    if type(staging) is not int or not 0 <= staging < 100:
        raise ValueError(f"stagingPercentage is {staging!r}; expected a whole number below 100.")
    if not document["files"] and staging != 0:
        raise ValueError("There is a version without files.")
    for file in document["files"]:
        if len(base64.b64decode(file["sha512"], validate=True)) != 64:
            raise ValueError(f"{file['url']}: sha512 is not one.")
        if file["size"] <= 0 or not file["url"].startswith(("https://", "http://")):
            raise ValueError(f"{file['url']}: size or address is missing.")


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def _lines(document: dict[str, Any]) -> Iterator[str]:
    """YAML whose texts are all quoted as JSON quotes them, so that none is taken for a number."""
    for name, value in document.items():
        if isinstance(value, list) and value:
            yield f"{name}:\n"
            for item in value:
                for at, (key, inner) in enumerate(item.items()):
                    yield f"  {'-' if at == 0 else ' '} {key}: {_quoted(inner)}\n"
        else:
            yield f"{name}: {_quoted(value)}\n"


def _quoted(value: Any) -> str:
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
