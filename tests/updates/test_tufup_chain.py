"""Which patches a tufup repository names: whatever was published and taken back, nobody makes other bytes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from updates.renderers.tuf import Target, tufup_roles

VERSIONS = ("1.0", "1.1b1", "1.1", "1.2", "1.3rc1", "1.3", "2.0")


def archive(version, size=1000):
    return Target(f"tide-{version}.tar.gz", size, "a" * 64, (size * 3, version.ljust(64)))


def patch(base, version, size=10):
    return Target(f"tide-{version}.patch", size, "b" * 64, base=f"tide-{base}.tar.gz")


def update(role, installed, *, pre):
    """What tufup 0.10 makes of an installation in one run; `None` for bytes that are none of a version."""
    targets = role["targets"]["targets"]
    plain = {name: name.removesuffix(".tar.gz").removesuffix(".patch") for name in targets}
    versions = {name: Version(text.removeprefix("tide-")) for name, text in plain.items()}
    newer = sorted((version, name) for name, version in versions.items() if version > Version(installed))
    archives = [
        (version, name)
        for version, name in newer
        if name.endswith(".gz") and (pre or not version.is_prerelease)
    ]
    if not archives:
        return installed
    required = [one for one in archives if targets[one[1]]["custom"]["tufup"].get("required")]
    version, name = (required or archives[-1:])[0]
    patches = [other for at, other in newer if other.endswith(".patch") and at <= version]
    if not patches or sum(targets[one]["length"] for one in patches) > 0.8 * targets[name]["length"]:
        return str(version)
    made = installed
    for other in patches:
        start, end = BASES[other]
        made = end if made == start else None
    said = targets[patches[-1]]["custom"]["tufup"]["tar_hash"].strip()
    return made if made == said else None


BASES: dict[str, tuple[str, str]] = {}


def patches_of(visible, hidden, starts):
    """Which version each patch leads to, and from which it starts: the one below, or one by mistake."""
    for new, start in starts.items():
        among = {"visible": visible, "ever": visible | hidden}.get(start, {start})
        below = [old for old in among if Version(old) < Version(new)]
        if below and new in visible:
            yield new, max(below, key=Version)


@given(
    visible=st.sets(st.sampled_from(VERSIONS), min_size=1),
    hidden=st.sets(st.sampled_from(VERSIONS)),
    starts=st.dictionaries(st.sampled_from(VERSIONS), st.sampled_from(["visible", "ever", *VERSIONS])),
    sizes=st.dictionaries(st.sampled_from(VERSIONS), st.integers(100, 3000)),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_installation_ever_makes_other_bytes(visible, hidden, starts, sizes):
    chosen = dict(patches_of(visible, hidden, starts))
    BASES.clear()
    BASES.update({f"tide-{new}.patch": (old, new) for new, old in chosen.items()})
    files = [archive(version, sizes.get(version, 1000)) for version in visible]
    files += [patch(old, new) for new, old in chosen.items()]

    role = tufup_roles(files, [archive(version).path for version in hidden])

    newest = max(map(Version, visible))
    for installed in visible | hidden:
        for pre in (False, True):
            at, runs = installed, 0
            while at is not None and runs < 4 and update(role, at, pre=pre) != at:
                at, runs = update(role, at, pre=pre), runs + 1
            assert at is not None
            reachable = [Version(one) for one in visible if pre or not Version(one).is_prerelease]
            best = max([*reachable, Version(installed)]) if reachable else Version(installed)
            assert Version(at) == best or (pre and Version(at) == newest)
            assert runs <= 2


def test_a_whole_chain_is_named_and_nobody_is_sent_anywhere_first():
    files = [archive("1.0"), archive("1.1"), archive("1.2"), patch("1.0", "1.1"), patch("1.1", "1.2")]

    targets = tufup_roles(files, ["tide-1.0.tar.gz"])["targets"]["targets"]

    assert {name for name in targets if name.endswith(".patch")} == {"tide-1.1.patch", "tide-1.2.patch"}
    assert not any(entry["custom"]["tufup"].get("required") for entry in targets.values())
