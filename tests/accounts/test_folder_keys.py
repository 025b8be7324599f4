"""What may be the name of a file in a folder: the same rules for every door."""

from __future__ import annotations

import pytest

from accounts.folder import key_finding, object_key, writable_key
from chassis.errors import InvalidInput

GOOD = [
    "a",
    "photos/2026/Straße.jpg",
    "Report #3 (final) 100%.pdf",
    "who? me*",
    'a "quoted" name',
    "emoji 😀.png",
    "日本語/ファイル.txt",
    ".hidden",
    "a..b",
    "...",
    "a" * 255,
]
BAD = {
    "": "Name",
    "/etc/passwd": "slash",
    "a//b": "slash",
    "a/": "slash",
    "..": "..",
    "../mallory/x": "..",
    "a/../../mallory/x": "..",
    "a/./b": "..",
    "a%2fb": "%2f",
    "a%2F..%2Fmallory": "%2F",
    "%2e%2e/mallory": "%2e",
    "%252e%252e/x": "%25",
    "a%00": "%00",
    "a\\b": "U+005C",
    "..\\mallory": "U+005C",
    "a\x00b": "U+0000",
    "a\nb": "U+000A",
    "a\x7f": "U+007F",
    "photo\u202egpj.exe": "U+202E",
    "a\u2066b": "U+2066",
    "a\u200bb": "U+200B",
    "a\u2028b": "U+2028",
    "a\ud800b": "U+D800",
    "a\ufffe": "U+FFFE",
    "e\u0301": "normalisation",
    " a": "space",
    "a /b": "space",
    "a" * 256: "255",
    "é" * 128: "255",
    "/".join(["a" * 200] * 5): "900",
}


@pytest.mark.parametrize("key", GOOD)
def test_an_ordinary_name_is_accepted(key: str) -> None:
    assert object_key("alice", key) == f"users/alice/{key}"


@pytest.mark.parametrize(("key", "told"), BAD.items(), ids=ascii)
def test_a_name_that_could_mean_another_place_is_refused_with_its_reason(key: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        object_key("alice", key)

    assert refused.value.errors[0].pointer == "/key"
    assert told in refused.value.errors[0].detail


@pytest.mark.parametrize("key", ["todos/x", "exports/all.json", "Todos/x", "EXPORTS/x"])
def test_a_reserved_part_is_read_but_not_written(key: str) -> None:
    assert object_key("alice", key)
    with pytest.raises(InvalidInput, match="written by the services"):
        writable_key("alice", key)


@pytest.mark.parametrize("key", ["todos", "todos.txt", "my/todos/x", "exportsold/x"])
def test_a_name_like_a_reserved_part_is_ones_own(key: str) -> None:
    assert writable_key("alice", key) == f"users/alice/{key}"


@pytest.mark.parametrize("prefix", ["", "photos/", "a/b/"])
def test_a_prefix_may_be_empty_or_end_in_a_slash(prefix: str) -> None:
    assert key_finding(prefix, is_prefix=True) == ""


@pytest.mark.parametrize("prefix", ["/", "//", "../", "a//", "a/../"])
def test_a_prefix_is_checked_as_a_name_is(prefix: str) -> None:
    assert key_finding(prefix, is_prefix=True)
