"""Bodies that are not quite JSON, or too much of it: each is 400, none is 500."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
ECHO = "/api/test/echo"

MALFORMED: dict[str, bytes] = {
    "cut off": b'{"title": "t"',
    "NaN": b'{"title": "t", "count": NaN}',
    "Infinity": b'{"title": "t", "count": Infinity}',
    "minus Infinity": b'{"title": "t", "count": -Infinity}',
    "single quotes": b"{'title': 't'}",
    "trailing comma": b'{"title": "t",}',
    "comment": b'{"title": "t"} // why',
    "two documents": b'{"title": "t"}{"title": "u"}',
    "invalid UTF-8": b'{"title": "\xff\xfe"}',
    "overlong UTF-8": b'{"title": "\xc0\xaf"}',
    "UTF-8 surrogate": b'{"title": "\xed\xa0\x80"}',
    "UTF-16": '{"title": "t"}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"title": "t"}',
    "lone high surrogate": b'{"title": "\\ud800"}',
    "lone low surrogate": b'{"title": "\\udc00"}',
    "surrogates the wrong way round": b'{"title": "\\udc00\\ud800"}',
    "raw NUL": b'{"title": "a\x00b"}',
    "raw control character": b'{"title": "a\nb"}',
    "NUL between": b'\x00{"title": "t"}',
    "only white space": b"   ",
    "a huge integer": b'{"title": "t", "count": 1' + b"0" * 400 + b"}",
    "beyond every exponent": b'{"title": "t", "count": 1e999}',
    "leading zero": b'{"title": "t", "count": 012}',
    "hexadecimal": b'{"title": "t", "count": 0x1f}',
    "duplicate member": b'{"title": "t", "title": "u"}',
    "duplicate member inside": b'{"title": "t", "tags": [{"name": "a", "name": "b"}]}',
    "duplicate member by escape": b'{"title": "t", "titl\\u0065": "u"}',
    "nested too deep": b'{"title": ' + b"[" * 33 + b"]" * 33 + b"}",
    "nested too deep, unclosed": b"[" * 200_000,
    "objects nested too deep": b'{"a":' * 33 + b"1" + b"}" * 33,
    "half a megabyte of nesting": b"[" * 250_000 + b"]" * 250_000,
    "many quotes": b'"' * 100_000,
    "many escapes": b'{"title": "' + b'\\"' * 100_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_400(client_of: MakeClient, body: bytes) -> None:
    response = client_of("alice").post(ECHO, body=body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("/problems/malformed-body")


def test_a_megabyte_of_nesting_is_413(client_of: MakeClient) -> None:
    response = client_of("alice").post(ECHO, body=b"[" * 1_000_000)

    assert response.status_code == 413


REFUSED_BY_FIELD: dict[str, tuple[bytes, str]] = {
    "escaped NUL": (b'{"title": "a\\u0000b"}', "/title"),
    "escape character": (b'{"title": "a\\u001bb"}', "/title"),
    "line break in one line": (b'{"title": "a\\nb"}', "/title"),
    "text-direction override": (b'{"title": "a\\u202eb"}', "/title"),
    "a number as text": (b'{"title": 7}', "/title"),
    "null": (b'{"title": null}', "/title"),
    "an object as text": (b'{"title": {"a": 1}}', "/title"),
    "only spaces": (b'{"title": "   "}', "/title"),
    "more than 64 bits": (b'{"title": "t", "count": 18446744073709551616}', "/count"),
    "a huge exponent": (b'{"title": "t", "count": 1e308}', "/count"),
    "a number with a part": (b'{"title": "t", "count": 1.5}', "/count"),
    "a boolean as a number": (b'{"title": "t", "count": true}', "/count"),
    "digits of another script": ('{"title": "t", "count": "٣٣٣٣"}'.encode(), "/count"),
    "a list as a number": (b'{"title": "t", "count": [1]}', "/count"),
    "an object as a list": (b'{"title": "t", "tags": {"name": "a"}}', "/tags"),
    "a text in a list of objects": (b'{"title": "t", "tags": ["a"]}', "/tags/0"),
    "NUL in a name": (b'{"title": "t", "a\\u0000b": 1}', "/a\0b"),
}


@pytest.mark.parametrize(("body", "pointer"), REFUSED_BY_FIELD.values(), ids=REFUSED_BY_FIELD.keys())
def test_an_odd_value_is_400_at_its_field(client_of: MakeClient, body: bytes, pointer: str) -> None:
    response = client_of("alice").post(ECHO, body=body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer
    assert response.json()["errors"][0]["detail"]


ACCEPTED: dict[str, tuple[bytes, str]] = {
    "plain": (b'{"title": "Buy milk"}', "Buy milk"),
    "emoji by escape": (b'{"title": "\\ud83c\\udf4e"}', "\U0001f34e"),
    "composed": (b'{"title": "Cafe\\u0301"}', "Caf\u00e9"),
    "joined emoji": ('{"title": "\U0001f469\u200d\U0001f680"}'.encode(), "\U0001f469\u200d\U0001f680"),
    "right to left": ('{"title": "\u05e9\u05dc\u05d5\u05dd"}'.encode(), "\u05e9\u05dc\u05d5\u05dd"),
    "brackets in a text": (b'{"title": "[[[[{{{{\\\\\\"]]"}', '[[[[{{{{\\"]]'),
    "colons in a text": (b'{"title": "a:b \\": \\" c"}', 'a:b ": " c'),
    "white space around": (b' \r\n\t{"title": "t"}\n', "t"),
}


@pytest.mark.parametrize(("body", "title"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_people_write_is_kept(client_of: MakeClient, body: bytes, title: str) -> None:
    response = client_of("alice").post(ECHO, body=body)

    assert response.status_code == 200
    assert response.json()["title"] == title


def test_nesting_up_to_the_limit_is_read(client_of: MakeClient) -> None:
    body = b'{"title": ' + b"[" * 31 + b"]" * 31 + b"}"

    response = client_of("alice").post(ECHO, body=body)

    assert response.json()["errors"][0]["pointer"] == "/title"


def test_brackets_inside_texts_are_no_nesting(client_of: MakeClient) -> None:
    notes = b"[" * 1000 + b'\\"' + b"{" * 1000

    response = client_of("alice").post(ECHO, body=b'{"title": "t", "notes": "' + notes + b'"}')

    assert response.status_code == 200


def test_line_breaks_stay_where_lines_are_meant(client_of: MakeClient) -> None:
    response = client_of("alice").post(ECHO, {"title": "t", "notes": "one\ntwo\tthree"})

    assert response.json()["notes"] == "one\ntwo\tthree"


def test_no_body_is_read_as_an_empty_object(client_of: MakeClient) -> None:
    response = client_of("alice").post(ECHO, body=b"")

    assert response.json()["errors"][0]["code"] == "required"
