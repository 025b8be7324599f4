"""Packed logs are read a block at a time, however they were cut, joined or broken."""

from __future__ import annotations

import gzip

import pytest

from updates.packed import BLOCK_BYTES, unpacked

TEXT = b"".join(b"line %d\n" % number for number in range(2 * BLOCK_BYTES // 10))


def read(body, size):
    """What comes out of blocks of a size, and why it ended early."""
    told: list[str] = []
    blocks = (body[at : at + size] for at in range(0, len(body), size))
    return list(unpacked(blocks, cut_short=told.append)), told


@pytest.mark.parametrize("size", [1000, 10**7])
@pytest.mark.parametrize(
    "body", [TEXT, gzip.compress(TEXT), gzip.compress(TEXT[:77]) + gzip.compress(TEXT[77:])]
)
def test_all_of_it_comes_in_blocks(body, size):
    blocks, told = read(body, size)

    assert (b"".join(blocks), told) == (TEXT, [])
    assert max(map(len, blocks)) <= max(BLOCK_BYTES, size)


@pytest.mark.parametrize("size", [1000, 10**7])
def test_what_is_cut_short_counts_to_there_and_is_told(size):
    whole = gzip.compress(TEXT)

    blocks, told = read(whole[: len(whole) // 2], size)

    assert 0 < len(b"".join(blocks)) < len(TEXT)
    assert TEXT.startswith(b"".join(blocks))
    assert told == ["gzip: the end is missing"]


def test_what_goes_on_as_something_else_counts_to_there_and_is_told():
    blocks, told = read(gzip.compress(TEXT) + b"no gzip", 1000)

    assert b"".join(blocks) == TEXT
    assert [why.partition(" Error")[0] for why in told] == ["gzip:"]


def test_nothing_is_nothing():
    assert read(b"", 10) == ([], [])
