"""What the roles of a product's TUF repository say (TUF 1.0.31); who signs it, and when, is not said here.

A product is one repository. Its targets are the files by name, and the manifest of each channel as
`manifests/<channel>.json`, in which a client finds which file it wants. Above `BINS_FROM` targets the
files are spread over hash bins, so that what a client loads does not grow with the history; tufup's
client reads nothing but the top-level role, so its products are served flat.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from updates.models import ArtifactKind, DeltaFormat
from updates.renderers.product_state import PublicArtifact, PublicProduct, PublicRelease

if TYPE_CHECKING:
    from packaging.version import Version

BINS_FROM = 1000
BIN_BITS = 8
BIN_NAME = "bin"
MANIFESTS = "manifests"
_TUFUP_NAME = re.compile(r"(?P<name>[\w-]+)-(?P<version>.+)(?P<suffix>\.tar\.gz|\.patch)", re.ASCII)

Contents = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A file that clients may ask for. `inner` is size and SHA-256 of the tar inside of a `.tar.gz`."""

    path: str
    size: int
    sha256: str
    inner: tuple[int, str] | None = None
    # Of a patch: the archive that it starts from.
    base: str = ""

    def entry(self, custom: Contents | None = None) -> Contents:
        """How a role lists it."""
        plain: Contents = {"length": self.size, "hashes": {"sha256": self.sha256}}
        return plain if custom is None else {**plain, "custom": custom}


class TufupName(NamedTuple):
    """What tufup's client reads in the name of a file."""

    application: str
    version: Version
    suffix: str


def manifest_target(channel_slug: str, manifest: bytes) -> Target:
    """A channel's manifest as a target."""
    path = f"{MANIFESTS}/{channel_slug}.json"
    return Target(path, len(manifest), hashlib.sha256(manifest).hexdigest())


def manifest_key(product: PublicProduct, target: Target) -> str:
    """Where a manifest is found by its hash, as consistent targets are."""
    directory, _, name = target.path.rpartition("/")
    return f"artifacts/{product.slug}/{directory}/{target.sha256}.{name}"


def needs_bins(targets: int, *, had_bins: bool) -> bool:
    """Whether the files go into bins; once there, they stay."""
    return had_bins or targets > BINS_FROM


def general_roles(
    files: Iterable[Target], manifests: Iterable[Target], *, bins_key: Contents | None
) -> dict[str, Contents]:
    """`targets`, and with a key for them, the bins."""
    top = {target.path: target.entry() for target in manifests}
    if bins_key is None:
        return {"targets": {"targets": {**top, **{target.path: target.entry() for target in files}}}}
    bins: dict[str, Contents] = {name: {"targets": {}} for name in bin_names()}
    for target in files:
        bins[bin_of(target.path)]["targets"][target.path] = target.entry()
    return {"targets": {"targets": top, "delegations": _delegations(bins_key)}, **bins}


def bin_names() -> Iterator[str]:
    """The names of all bins."""
    digits = len(f"{2**BIN_BITS - 1:x}")
    return (f"{BIN_NAME}-{number:0{digits}x}" for number in range(2**BIN_BITS))


def bin_of(path: str) -> str:
    """The bin of a target: the first bits of the hash of its path."""
    number = int.from_bytes(hashlib.sha256(path.encode()).digest()[:4]) >> (32 - BIN_BITS)
    digits = len(f"{2**BIN_BITS - 1:x}")
    return f"{BIN_NAME}-{number:0{digits}x}"


def tufup_targets(product: PublicProduct) -> list[Target]:
    """What tufup's client may see of the last releases: it can neither count nor tell channels apart.

    Of the first channel everything that is for all; of the others only what PEP 440 calls a pre-release,
    which a client gets when it asks for one.
    """
    found: dict[str, Target] = {}
    for at, channel in enumerate(product.channels):
        for release in channel.releases:
            for file in release.artifacts:
                name = tufup_name(file.file_name) if _is_for_all(release) else None
                # Of a name that holds no version its client makes nothing, and stops.
                if name is not None and (at == 0 or name.version.is_prerelease):
                    found.update((target.path, target) for target in _archive_and_patches(file))
    return list(found.values())


def tufup_name(file_name: str) -> TufupName | None:
    """What tufup's client reads in the name of an archive or patch; None where it would read nothing."""
    from packaging.version import InvalidVersion, Version

    match = _TUFUP_NAME.fullmatch(file_name)
    if match is None:
        return None
    try:
        return TufupName(match["name"], Version(match["version"]), match["suffix"])
    except InvalidVersion:
        return None


def archive_below(file_name: str, among: Iterable[str]) -> str | None:
    """The archive of the highest version below that of another of the same application."""
    own = tufup_name(file_name)
    if own is None:
        return None
    lower = {
        name.version: other
        for other in among
        if (name := tufup_name(other)) and name[::2] == own[::2] and name.version < own.version
    }
    return lower[max(lower)] if lower else None


def archives_between(below: str, above: str, among: Iterable[str]) -> list[str]:
    """Archives of versions between two of the same application, the lowest first."""
    first, last = tufup_name(below), tufup_name(above)
    if first is None or last is None:
        return []
    found = {
        name.version: other
        for other in among
        if (name := tufup_name(other))
        and name[::2] == first[::2]
        and first.version < name.version < last.version
    }
    return [found[version] for version in sorted(found)]


def _archive_and_patches(file: PublicArtifact) -> Iterator[Target]:
    if file.kind == ArtifactKind.DELTA:
        return  # It stands at the archive to which it leads.
    inner = (file.inner_size, file.inner_sha256) if file.inner_size else None
    yield Target(file.file_name, file.size, file.sha256, inner)
    for delta in file.deltas:
        if delta.format == DeltaFormat.BSDIFF and delta.is_unpacked:
            yield Target(delta.file_name, delta.size, delta.sha256, base=delta.base_file_name)


def _is_for_all(release: PublicRelease) -> bool:
    asked = release.requirements
    return release.rollout.is_for_all and not (asked.from_version or asked.below_version or asked.locales)


def tufup_roles(files: Iterable[Target], once_for_all: Iterable[str]) -> dict[str, Contents]:
    """`targets` as tufup's client reads it: archives, and the patches that lead from one to the next.

    A client applies every patch above its own version, whichever that is, to what it has. So patches are
    named from the newest version down to the first that has none from the one below. Whoever may still be
    below that (`once_for_all`: archives that were offered ever) is sent to it first: it is `required`.
    """
    targets = {target.path: target for target in files}
    ever = [*once_for_all]
    entries: dict[str, Contents] = {}
    for versions in _by_application(targets):
        patches, required = _chain(versions, targets, ever)
        for path in versions:
            entries[path] = targets[path].entry(_tufup(required=path == required))
        for patch, archive in patches:
            size, sha256 = archive.inner or (0, "")
            custom = _tufup(tar_size=size, tar_hash=sha256, tar_hash_algorithm="sha256")
            custom["user"] = None
            entries[patch.path] = patch.entry(custom)
    return {"targets": {"targets": entries}}


def _by_application(targets: Iterable[str]) -> Iterator[list[str]]:
    """The archives of each application, the lowest version first."""
    found: dict[str, list[tuple[Version, str]]] = {}
    for path in targets:
        name = tufup_name(path)
        if name is not None and name.suffix == ".tar.gz":
            found.setdefault(name.application, []).append((name.version, path))
    return ([path for _, path in sorted(found[application])] for application in sorted(found))


def _chain(
    versions: list[str], targets: Mapping[str, Target], ever: Iterable[str]
) -> tuple[list[tuple[Target, Target]], str]:
    """Patches from the newest archive down, each with its archive; and where who is below has to go first."""
    linked: list[tuple[Target, Target]] = []
    for below, path in reversed(list(pairwise(versions))):
        patch, archive = targets.get(f"{path.removesuffix('.tar.gz')}.patch"), targets[path]
        if patch is None or patch.base != below or archive.inner is None:
            break
        if archives_between(below, path, ever):
            break
        linked.append((patch, archive))
    while linked:
        first = versions[-1 - len(linked)]
        if archive_below(first, [*versions, *ever]) is None:
            return linked, ""
        name = tufup_name(first)
        # Who does not ask for pre-releases is not sent to one.
        if name is not None and not name.version.is_prerelease:
            return linked, first
        linked.pop()
    return [], ""


def tufup_finding(version: str, file_names: Iterable[str]) -> str:
    """What tufup would not understand in a release, in a sentence; empty when nothing."""
    names = set(file_names)
    for name in names:
        match = _TUFUP_NAME.fullmatch(name)
        if match is None or match["version"] != version:
            continue
        if match["suffix"] == ".patch" and f"{name.removesuffix('.patch')}.tar.gz" not in names:
            return f"{name} needs its archive, {name.removesuffix('.patch')}.tar.gz, in the same release."
    if not any(name.endswith(f"-{version}.tar.gz") for name in names):
        return f"tufup looks for NAME-{version}.tar.gz: add it."
    return ""


def _tufup(**internal: Any) -> Contents:
    return {"user": {}, "tufup": internal}


def _delegations(key: Contents) -> Contents:
    keyid = key["keyid"]
    return {
        "keys": {keyid: {name: value for name, value in key.items() if name != "keyid"}},
        "succinct_roles": {
            "keyids": [keyid],
            "threshold": 1,
            "bit_length": BIN_BITS,
            "name_prefix": BIN_NAME,
        },
    }
