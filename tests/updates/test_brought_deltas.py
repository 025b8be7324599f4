"""Differences that publishers bring: tried, or taken on a signature; and what making them may cost."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.updates.conftest import API, declaration, send_parts, zip_of
from tests.updates.published import Publisher
from tests.updates.test_signatures import Signer
from updates import deltas
from updates.deltas import DoesNotApply, bounded
from updates.models import Delta

DELTA = b"what Sparkle made"


class Tide(Publisher):
    """With a release that is out, and one that is begun."""

    first = second = ""


@pytest.fixture
def signer():
    """A publisher's key."""
    return Signer()


@pytest.fixture
def tide(db, object_store, edith, run_tasks, signer, empty_public_bucket):
    """A product with this key, and 1.0.0 out."""
    tide = Tide(edith, run_tasks, public_keys=signer.public)
    tide.first = tide.publish("1.0.0", {"Tide-1.0.0-mac.zip": zip_of("old")})
    tide.second = tide.draft("1.1.0", {"Tide-1.1.0-mac.zip": zip_of("new", size=1000)})
    return tide


def add(tide, **changes):
    """Sparkle's difference, declared."""
    body = declaration(DELTA, "Tide-1.1.0-1.0.0.delta", kind="delta", operating_system="macos", **changes)
    return tide.edith.post(f"{API}/releases/{tide.second}/artifacts", body)


@pytest.mark.parametrize(
    ("missing", "pointer"), [("base_file_name", "/base_file_name"), ("signature", "/signature")]
)
def test_what_cannot_be_tried_needs_a_signature_and_says_where_it_starts(tide, signer, missing, pointer):
    said = {"base_file_name": "Tide-1.0.0-mac.zip", "signature": signer.plain(DELTA)}
    said.pop(missing)

    answer = add(tide, **said)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "cannot be tried here" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("base", "words"),
    [("Tide-0.9.0-mac.zip", "is no file"), ("Tide-1.1.0-mac.zip", "is no file"), ("", "")],
    ids=["unknown", "not published", "taken back"],
)
def test_a_base_that_nobody_has_is_refused(tide, signer, base, words):
    if not base:
        tide.ask(tide.first, "withdraw")

    answer = add(tide, base_file_name=base or "Tide-1.0.0-mac.zip", signature=signer.plain(DELTA))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/base_file_name"
    assert (words or "taken back") in answer.json()["errors"][0]["detail"]


@given(
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 800), st.binary(max_size=200)), max_size=6),
    way=st.sampled_from(sorted(deltas.WAYS)),
    harm=st.tuples(st.integers(0, 10_000), st.integers(1, 255)),
)
@hypothesis_settings(max_examples=60, deadline=None, derandomize=True)
def test_every_way_gives_the_bytes_back_and_nothing_of_another_length(seed, cuts, way, harm):
    base = random.Random(seed).randbytes(5000)
    target = base
    for start, length, new in cuts:
        target = target[:start] + new + target[start + length :]
    target = target or b"something"
    made = deltas.make(base, target, way=way)
    at, change = harm
    harmed = bytearray(made.body)
    harmed[at % len(harmed)] ^= change

    assert deltas.apply(base, made.body, size=len(target), way=way) == target
    with contextlib.suppress(DoesNotApply):
        assert len(deltas.apply(base, bytes(harmed), size=len(target), way=way)) == len(target)


def test_a_patch_that_would_fill_the_memory_ends_alone(tmp_path):
    import bz2

    base, patch = tmp_path / "base", tmp_path / "patch"
    base.write_bytes(b"before")
    bomb = bz2.compress(b"\0" * 600_000_000, 9)
    control = bz2.compress(b"")
    sizes = (len(control), len(bomb), 100)
    patch.write_bytes(b"BSDIFF40" + b"".join(size.to_bytes(8, "little") for size in sizes) + control + bomb)

    with pytest.raises(DoesNotApply, match="memory"):
        bounded.sha256_applied(deltas.BSDIFF, base, patch, size=100, memory=100_000_000)


def test_what_cannot_be_tried_is_offered_on_its_signature_and_says_so(tide, signer):
    added = add(tide, base_file_name="Tide-1.0.0-mac.zip", signature=signer.plain(DELTA))
    assert added.status_code == 201
    send_parts(tide.edith, added.json()["id"], DELTA)
    tide.edith.post(f"{API}/artifacts/{added.json()['id']}/upload/completion", {})
    tide.run_tasks()

    delta = Delta.objects.get(brought=added.json()["id"])
    assert delta.base is not None
    assert (delta.state, delta.base.file_name) == ("trusted", "Tide-1.0.0-mac.zip")
    assert "cannot be applied here" in delta.finding
