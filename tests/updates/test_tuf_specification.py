"""The published repository by the letter of TUF 1.0.31, read without the library that wrote it."""

from __future__ import annotations

import hashlib
import json
import re

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates.conftest import zip_of
from tests.updates.root_holders import manage
from tests.updates.test_tuf import holders, rooted, tide  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge")]
BODY = zip_of("tide for linux", size=2_000)
ROLES = ("root", "timestamp", "snapshot", "targets")


def canonical(value):
    """OLPC's canonical JSON: members sorted, no spaces, whole numbers, only `"` and `\\` escaped."""
    if isinstance(value, dict):
        return f"{{{','.join(f'{canonical(name)}:{canonical(value[name])}' for name in sorted(value))}}}"
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert value is None or isinstance(value, int), f"{value!r} is nothing that can be signed"
    return json.dumps(value)


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Repository:
    """What is at the edge, with nothing believed that is not signed."""

    def __init__(self, tide):  # noqa: F811
        self.base, self.files, self.client = f"{tide.base}/tuf", tide.files, httpx.Client()

    def read(self, name):
        """A file as it stands there."""
        answer = self.client.get(f"{self.base}/{name}.json")
        assert answer.status_code == 200, f"{name}.json is {answer.status_code}"
        return json.loads(answer.content)

    def roots(self):
        """From the first to the last."""
        found = [self.read("1.root")]
        while self.client.get(f"{self.base}/{len(found) + 1}.root.json").status_code == 200:
            found.append(self.read(f"{len(found) + 1}.root"))
        return found

    def role(self, name, by, keys):
        """What a role says, once enough of those who may sign for it did."""
        document = self.read(name)
        assert_signed(document, by, keys)
        return document["signed"]

    def chain(self):
        """Root, timestamp, snapshot and targets, each as the one before names it."""
        root = self.roots()[-1]["signed"]
        timestamp = self.role("timestamp", root["roles"]["timestamp"], root["keys"])
        number = timestamp["meta"]["snapshot.json"]["version"]
        snapshot = self.role(f"{number}.snapshot", root["roles"]["snapshot"], root["keys"])
        number = snapshot["meta"]["targets.json"]["version"]
        targets = self.role(f"{number}.targets", root["roles"]["targets"], root["keys"])
        return dict(zip(ROLES, (root, timestamp, snapshot, targets), strict=True))


def assert_signed(document, by, keys):
    """By as many different keys as have to, over the canonical form."""
    body = canonical(document["signed"]).encode()
    names = [one["keyid"] for one in document["signatures"]]
    assert len({*names}) == len(names)
    signers = set()
    for one in document["signatures"]:
        if one["keyid"] in by["keyids"]:
            public = keys[one["keyid"]]["keyval"]["public"]
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(one["sig"]), body)
            signers.add(public)
    assert len(signers) >= by["threshold"] >= 1


@pytest.fixture
def repository(rooted):  # noqa: F811
    """The product's, with a release."""
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    return Repository(rooted)


def test_every_role_is_signed_over_canonical_json_by_those_the_root_names(repository):
    roles = repository.chain()

    for role, signed in roles.items():
        assert signed["_type"] == role
        assert re.fullmatch(r"1\.0\.[0-9]+", signed["spec_version"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", signed["expires"])
        assert signed["version"] >= 1
    root = roles["root"]
    assert (root["consistent_snapshot"], set(root["roles"])) == (True, set(ROLES))
    assert all(len({*one["keyids"]}) == len(one["keyids"]) for one in root["roles"].values())
    assert {*root["keys"]} == {keyid for one in root["roles"].values() for keyid in one["keyids"]}


def test_a_key_is_named_by_the_hash_of_its_canonical_form(repository):
    keys = repository.chain()["root"]["keys"]

    assert [hash_of(canonical(key)) for key in keys.values()] == list(keys)
    assert {(key["keytype"], key["scheme"]) for key in keys.values()} == {("ed25519", "ed25519")}
    assert len({key["keyval"]["public"] for key in keys.values()}) == len(keys)


def test_every_root_from_the_first_is_there_signed_by_itself_and_by_the_one_before(
    repository,
    rooted,  # noqa: F811
    holders,  # noqa: F811
):
    for role in ("targets", "timestamp"):
        manage("keys", rooted.slug, "--role", role)
        holders.make_root(rooted.slug)
        rooted.run_tasks()

    roots = repository.roots()

    assert [root["signed"]["version"] for root in roots] == [1, 2, 3]
    for before, root in zip([roots[0], *roots], roots, strict=False):
        for trusted in (before["signed"], root["signed"]):
            assert_signed(root, trusted["roles"]["root"], trusted["keys"])
    assert repository.chain()["targets"]["version"] > 1


def test_every_target_is_found_by_its_hash_with_the_length_that_is_told(repository):
    targets = repository.chain()["targets"]["targets"]

    assert {*targets} == {"manifests/stable.json", "tide-1.0.0-linux.zip"}
    for path, told in targets.items():
        directory, _, name = path.rpartition("/")
        at = f"{directory}/" * bool(directory) + f"{told['hashes']['sha256']}.{name}"
        body = repository.client.get(f"{repository.files}/{at}").content
        assert (len(body), hashlib.sha256(body).hexdigest()) == (told["length"], told["hashes"]["sha256"])


def test_bins_hold_every_hash_of_a_path_exactly_once(repository, rooted, add_history):  # noqa: F811
    add_history(rooted.slug, 1100)
    rooted.publish("2.0.0", {"tide-2.0.0-linux.zip": BODY})

    roles = repository.chain()
    delegations = roles["targets"]["delegations"]
    succinct = delegations["succinct_roles"]
    bits, prefix = succinct["bit_length"], succinct["name_prefix"]
    digits = len(f"{2**bits - 1:x}")
    names = [f"{prefix}-{number:0{digits}x}" for number in range(2**bits)]
    meta = roles["snapshot"]["meta"]

    assert {*meta} == {"targets.json", *(f"{name}.json" for name in names)}
    found = []
    for name in names:
        number = meta[f"{name}.json"]["version"]
        signed = repository.role(f"{number}.{name}", succinct, delegations["keys"])
        assert (signed["_type"], signed["version"]) == ("targets", number)
        for path in signed["targets"]:
            first = int(hash_of(path)[:8], 16) >> (32 - bits)
            assert f"{prefix}-{first:0{digits}x}" == name
        found += signed["targets"]
    assert len(found) == len({*found}) == 1102
