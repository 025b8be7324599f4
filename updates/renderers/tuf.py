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
from typing import Any

from updates.renderers.product_state import PublicProduct, PublicRelease

BINS_FROM = 1000
BIN_BITS = 8
BIN_NAME = "bin"
MANIFESTS = "manifests"
_TUFUP_NAME = re.compile(r"[\w-]+-(?P<version>.+)(?P<suffix>\.tar\.gz|\.patch)", re.ASCII)

Contents = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A file that clients may ask for. `inner` is size and SHA-256 of the tar inside of a `.tar.gz`."""

    path: str
    size: int
    sha256: str
    inner: tuple[int, str] | None = None

    def entry(self, custom: Contents | None = None) -> Contents:
        """How a role lists it."""
        plain: Contents = {"length": self.size, "hashes": {"sha256": self.sha256}}
        return plain if custom is None else {**plain, "custom": custom}


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
    from packaging.version import Version

    found: dict[str, Target] = {}
    for at, channel in enumerate(product.channels):
        for release in channel.releases:
            if _is_for_all(release) and (at == 0 or Version(release.version).is_prerelease):
                for file in release.artifacts:
                    inner = (file.inner_size, file.inner_sha256) if file.inner_size else None
                    found[file.file_name] = Target(file.file_name, file.size, file.sha256, inner)
    return list(found.values())


def _is_for_all(release: PublicRelease) -> bool:
    asked = release.requirements
    return release.rollout.is_for_all and not (asked.from_version or asked.below_version or asked.locales)


def tufup_roles(files: Iterable[Target]) -> dict[str, Contents]:
    """`targets` as tufup's client reads it: archives, and patches as far as they join without a gap."""
    archives: dict[tuple[str, str], Target] = {}
    patches: dict[tuple[str, str], Target] = {}
    for target in files:
        match = _TUFUP_NAME.fullmatch(target.path)
        if match:
            name = target.path[: match.start("version")]
            kind = archives if match["suffix"] == ".tar.gz" else patches
            kind[name, match["version"]] = target
    entries = {target.path: target.entry(_tufup(required=False)) for target in archives.values()}
    for key in _joined(archives, patches):
        size, sha256 = archives[key].inner or (0, "")
        custom = _tufup(tar_size=size, tar_hash=sha256, tar_hash_algorithm="sha256")
        custom["user"] = None
        entries[patches[key].path] = patches[key].entry(custom)
    return {"targets": {"targets": entries}}


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


def _joined(archives: Mapping[tuple[str, str], Target], patches: Any) -> Iterator[tuple[str, str]]:
    """Patches from the newest version down to the first version without one.

    A client applies every patch above its own version: one below a gap would lead to other bytes.
    """
    from packaging.version import Version

    for name in sorted({name for name, _ in archives}):
        versions = sorted((version for other, version in archives if other == name), key=Version)
        for version in reversed(versions):
            if (name, version) not in patches or archives[name, version].inner is None:
                break
            yield name, version


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
