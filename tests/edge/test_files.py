"""The files listener: what a reader gets of the public bucket."""

from __future__ import annotations

import gzip

import pytest

from chassis.publishing.rules import CacheRule

TEXT = b"<p>" + b"The garden gate wants oil. " * 200 + b"</p>"
# All that a reader may be told beside the file.
KNOWN_HEADERS = {
    "accept-ranges", "access-control-allow-origin", "access-control-expose-headers", "cache-control",
    "connection", "content-length", "content-security-policy", "content-type", "date", "etag",
    "cross-origin-resource-policy", "last-modified", "referrer-policy", "server", "vary", "x-cache",
    "x-content-type-options",
}  # fmt: skip


def test_a_directory_is_its_page(put, reader):
    put("blog/gate/index.html", TEXT)

    page = reader.get("/blog/gate/")

    assert page.status_code == 200
    assert page.content == TEXT
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


def test_the_way_to_a_page_without_a_slash_leads_on(reader):
    answer = reader.get("/blog/gate", params={"utm_source": "mail"})

    assert answer.status_code == 301
    assert answer.headers["Location"] == "/blog/gate/"


def test_the_root_leads_to_the_blog(reader):
    answer = reader.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/blog/")


def test_a_file_without_an_ending_is_no_page(put, reader):
    put("updates/app/RELEASES", b"3.1", rule=CacheRule.POINTER)
    put("artifacts/app/tool", b"\x7fELF", rule=CacheRule.IMMUTABLE)

    assert reader.get("/updates/app/RELEASES").content == b"3.1"
    assert reader.get("/artifacts/app/tool").content == b"\x7fELF"


def test_a_name_with_other_letters_and_signs_is_found(put, reader):
    put("blog/Zürich + 100% #1?.html", TEXT)

    answer = reader.get("/blog/Z%C3%BCrich%20+%20100%25%20%231%3F.html")

    assert answer.content == TEXT


@pytest.mark.parametrize("rule", [CacheRule.IMMUTABLE, CacheRule.PAGE, CacheRule.LISTING, CacheRule.POINTER])
def test_a_viewer_is_told_what_the_table_says(put, reader, rule):
    put(f"blog/{rule.name}.html", rule=rule)

    first, second = reader.get(f"/blog/{rule.name}.html"), reader.get(f"/blog/{rule.name}.html")

    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == rule.viewer
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")


def test_a_viewer_is_told_nothing_of_the_machinery(put, reader):
    put("blog/plain.html", TEXT, Metadata={"sha256": "0" * 64})

    answers = [reader.get("/blog/plain.html") for _ in range(2)]

    assert [set(answer.headers) - KNOWN_HEADERS for answer in answers] == [set(), set()]
    assert answers[0].headers["Server"] == "nginx"


def test_what_a_reader_sends_makes_no_other_copy(put, reader, origin_requests):
    put("blog/one.html", TEXT)
    reader.get("/blog/one.html")

    for headers in ({"Cookie": "a=b"}, {"Authorization": "Bearer x"}, {"Origin": "https://example.org"}):
        assert reader.get("/blog/one.html?page=2", headers=headers).headers["X-Cache"] == "HIT"
    reader.head("/blog/one.html")
    reader.get("/blog//one.html")
    reader.get("/blog/%6Fne.html")
    reader.get("/blog/x/../one.html")

    assert origin_requests("blog/one.html") == 1


def test_a_query_does_not_reach_the_store(put, reader):
    put("blog/query.html", TEXT)

    answer = reader.get("/blog/query.html?acl&versionId=1&response-content-type=text/plain&X-Amz-Signature=1")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_tag_or_a_time_that_is_known_costs_no_body(put, reader):
    put("blog/tag.html", TEXT)
    first = reader.get("/blog/tag.html")

    by_tag = reader.get("/blog/tag.html", headers={"If-None-Match": first.headers["ETag"]})
    by_time = reader.get("/blog/tag.html", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    other = reader.get("/blog/tag.html", headers={"If-None-Match": '"other"'})

    assert (by_tag.status_code, by_time.status_code, other.status_code) == (304, 304, 200)
    assert by_tag.headers["Cache-Control"] == CacheRule.PAGE.viewer
    assert by_tag.headers["ETag"] == first.headers["ETag"]


def test_head_says_what_get_would(put, reader):
    put("blog/head.html", TEXT)

    head, get = reader.head("/blog/head.html"), reader.get("/blog/head.html")

    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers, "x-cache": "", "date": ""} == {**get.headers, "x-cache": "", "date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/blog/write.html", "/blog/write", "/blog/"])
def test_nobody_writes(put, reader, method, path):
    put("blog/write.html", TEXT)

    answer = reader.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert reader.get("/blog/write.html").content == TEXT


# --- Compressed text ----------------------------------------------------------------------------


def test_text_goes_compressed_to_who_takes_it(put, edge, reader, origin_requests):
    put("blog/text.html", TEXT)

    plain = reader.get("/blog/text.html")
    with reader.stream("GET", "/blog/text.html", headers={"Accept-Encoding": "br, gzip"}) as first:
        packed = b"".join(first.iter_raw())
    second = reader.get("/blog/text.html", headers={"Accept-Encoding": "gzip;q=0.5"})

    assert gzip.decompress(packed) == plain.content == second.content == TEXT
    assert first.headers["ETag"] == f"W/{plain.headers['ETag']}"
    assert "Accept-Ranges" not in first.headers
    assert plain.headers["Vary"] == first.headers["Vary"] == "Accept-Encoding"
    assert second.headers["X-Cache"] == "HIT"
    assert origin_requests("blog/text.html") == 2


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", "notgzip", ""])
def test_text_goes_plain_to_who_does_not(put, reader, accepted):
    put("blog/plain-text.html", TEXT)

    answer = reader.get("/blog/plain-text.html", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers


def test_a_tag_of_either_form_is_known(put, reader):
    put("blog/two-tags.html", TEXT)
    compressed = {"Accept-Encoding": "gzip"}
    weak = reader.get("/blog/two-tags.html", headers=compressed).headers["ETag"]

    again = reader.get("/blog/two-tags.html", headers={**compressed, "If-None-Match": weak})

    assert again.status_code == 304


@pytest.mark.parametrize("key", ["artifacts/app/readme.txt", "media/0/readme.txt"])
def test_artifacts_and_pictures_are_never_compressed(put, reader, origin_requests, key):
    put(key, TEXT, rule=CacheRule.IMMUTABLE, ContentType="text/plain")

    answers = [reader.get(f"/{key}", headers={"Accept-Encoding": way}) for way in ("gzip", "identity")]

    assert all("Content-Encoding" not in answer.headers for answer in answers)
    assert all(answer.headers["Accept-Ranges"] == "bytes" for answer in answers)
    assert origin_requests(key) == 1


# --- Ranges ---------------------------------------------------------------------------------------


@pytest.fixture
def artifact(put):
    """A file whose bytes tell where they stand."""
    body = b"".join(f"{number:07}\n".encode() for number in range(40_000))
    put("artifacts/app/app-1.0.0.bin", body, rule=CacheRule.IMMUTABLE, ContentType="application/octet-stream")
    return body


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-7", 0, 7),
        ("bytes=8-", 8, 319_999),
        ("bytes=-8", 319_992, 319_999),
        ("bytes=5-999999999", 5, 319_999),
    ],
)
def test_a_range_comes_from_the_copy(artifact, reader, asked, first, last):
    answer = reader.get("/artifacts/app/app-1.0.0.bin", headers={"Range": asked})

    assert answer.status_code == 206
    assert answer.content == artifact[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(artifact)}"


def test_several_ranges_come_in_one_answer(artifact, reader):
    answer = reader.get("/artifacts/app/app-1.0.0.bin", headers={"Range": "bytes=0-7,80-87,-8"})

    assert answer.status_code == 206
    assert answer.headers["Content-Type"].startswith("multipart/byteranges")
    for part in (artifact[:8], artifact[80:88], artifact[-8:]):
        assert part in answer.content


def test_a_range_beyond_the_end_is_refused(artifact, reader):
    answer = reader.get("/artifacts/app/app-1.0.0.bin", headers={"Range": "bytes=320000-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */320000"
    assert len(answer.headers.get_list("Access-Control-Allow-Origin")) == 1
    assert len(answer.headers.get_list("Cache-Control")) == 1


def test_a_download_goes_on_only_with_the_same_file(artifact, reader):
    etag = reader.head("/artifacts/app/app-1.0.0.bin").headers["ETag"]
    rest = {"Range": "bytes=319992-"}

    same = reader.get("/artifacts/app/app-1.0.0.bin", headers={**rest, "If-Range": etag})
    other = reader.get("/artifacts/app/app-1.0.0.bin", headers={**rest, "If-Range": '"other"'})

    assert (same.status_code, same.content) == (206, artifact[-8:])
    assert (other.status_code, other.content) == (200, artifact)


# --- What is not there ----------------------------------------------------------------------------


def test_what_is_not_there_gets_the_page_for_it(put, reader, origin_requests):
    put("404.html", b"<h1>Nothing here</h1>")

    answers = [reader.get("/blog/never/", headers={"If-None-Match": "*"}) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {b"<h1>Nothing here</h1>"}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert "ETag" not in answers[0].headers
    assert origin_requests("blog/never/") == 1


def test_without_such_a_page_there_are_plain_words(reader, put):
    from chassis.storage import s3_client

    s3_client().delete_object(Bucket="quartet-public", Key="404.html")

    answer = reader.get("/blog/never-either/")

    assert answer.status_code == 404
    assert "There is no such page." in answer.text


# --- Safety of what is shown ----------------------------------------------------------------------


def test_a_page_may_be_framed_by_nobody_and_read_by_every_script(put, reader):
    put("blog/safe.html", TEXT)

    headers = reader.get("/blog/safe.html", headers={"Origin": "https://example.org"}).headers

    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_an_artifact_is_no_page_of_this_site(put, reader):
    put("artifacts/app/notes.html", b"<script>alert(1)</script>", rule=CacheRule.IMMUTABLE)

    headers = reader.get("/artifacts/app/notes.html").headers

    assert headers["Content-Disposition"] == "attachment"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_an_artifact_keeps_the_name_that_it_brings(put, reader):
    named = 'attachment; filename="notes.html"'
    put("artifacts/app/named.html", rule=CacheRule.IMMUTABLE, ContentDisposition=named)

    assert reader.get("/artifacts/app/named.html").headers["Content-Disposition"] == named
