"""Each thing that can be wrong with an origin is told in a sentence, with the header that shows it."""

from __future__ import annotations

import io
import itertools
import json

import pytest
from django.core.management import CommandError, call_command

from local.loopback import HOST, free_ports
from tests.edge.stand_in import Answer, StandIn
from tests.offload.conftest import ARTIFACT, BODY
from updates.offload.audit import audit


class Origin(StandIn):
    """Serves the artifact as a good server does, but for what a test bends."""

    def __init__(self) -> None:
        super().__init__(free_ports(1)[0])
        self.more: dict[str, str] = {}
        self.has_ranges = True
        self.tags = itertools.repeat('"one"')
        self.body_for = lambda _: BODY
        self.behind_the_total = ""

    def find(self, request):
        """With ranges and conditions."""
        known = super().find(request)
        if request.path.partition("?")[0] in self._answers:
            return known
        body = self.body_for(request)
        headers = {"ETag": next(self.tags), "Content-Type": "application/zip", **self.more}
        asked = {name.lower(): value for name, value in request.headers.items()}
        if asked.get("if-none-match") == headers["ETag"]:
            return Answer(304, headers, b"")
        if self.has_ranges and "range" in asked and asked.get("if-range", headers["ETag"]) == headers["ETag"]:
            first, last = map(int, asked["range"].removeprefix("bytes=").split("-"))
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}{self.behind_the_total}"
            return Answer(206, headers, body[first : last + 1])
        return Answer(200, headers, body)


@pytest.fixture
def origin():
    """A good origin."""
    good = Origin()
    good.more["Cache-Control"] = "public, max-age=3600"
    with good:
        yield good


def verdict_of(origin, **options):
    """Of the artifact."""
    return audit([origin.url + ARTIFACT], **options)[0]


def codes_of(verdict):
    """The findings' codes."""
    return [finding.code for finding in verdict.findings]


def finding_of(verdict, code):
    """The finding with this code."""
    return next(finding for finding in verdict.findings if finding.code == code)


def test_a_good_origin_has_nothing_in_the_way(origin):
    verdict = verdict_of(origin)

    assert (verdict.is_kept, codes_of(verdict)) == (True, [])


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("Cache-Control", "private, no-store", "not-for-caches"),
        ("Set-Cookie", "session=abc; Path=/", "sets-cookie"),
        ("Vary", "*", "varies"),
    ],
)
def test_a_header_that_spoils_caching_is_shown_and_overruled(origin, header, value, code):
    origin.more[header] = value

    verdict, naive = verdict_of(origin), verdict_of(origin, obeys_origin=True)

    assert verdict.is_kept
    assert finding_of(verdict, code).shown_by == f"{header}: {value.partition(';')[0]}"
    # An edge that obeys it would cost more than none.
    assert not naive.is_kept
    assert "200 times" in finding_of(naive, code).remedy


def test_ranges_answered_with_the_whole_file_are_cut_by_the_edge(origin):
    origin.has_ranges = False

    verdict = verdict_of(origin)

    assert verdict.is_kept
    assert "status 200" in finding_of(verdict, "no-ranges").shown_by


def test_a_tag_that_changes_with_each_request_is_shown(origin):
    origin.tags = (f'"{number}"' for number in itertools.count())

    verdict = verdict_of(origin)

    assert verdict.is_kept
    assert finding_of(verdict, "tag-changes").shown_by == 'ETag: "0", then ETag: "1"'


def test_bytes_that_change_are_refused(origin):
    numbers = itertools.count()
    origin.body_for = lambda _: str(next(numbers)).encode() + BODY

    verdict = verdict_of(origin)

    assert "bytes-change" in codes_of(verdict)
    assert not verdict.is_kept


def test_bytes_that_depend_on_the_client_are_refused(origin):
    origin.body_for = lambda request: BODY[::-1] if "session" in request.headers.get("Cookie", "") else BODY

    verdict = verdict_of(origin)

    assert codes_of(verdict) == ["depends-on-client"]


def test_cookies_are_looked_at_where_answers_are_packed_too(origin):
    def body_for(request):
        is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        origin.more["Content-Encoding"] = "gzip" if is_packed else "identity"
        return BODY[::-1] if "session" in request.headers.get("Cookie", "") else BODY

    origin.body_for = body_for

    verdict = verdict_of(origin)

    assert "depends-on-client" in codes_of(verdict)


def test_a_question_without_an_answer_is_a_refusal_with_its_words(origin):
    def body_for(request):
        if "Cookie" in request.headers:
            raise ConnectionAbortedError
        return BODY

    origin.body_for = body_for

    verdict = verdict_of(origin)

    assert codes_of(verdict) == ["not-answered"]
    assert f"GET {origin.url}{ARTIFACT} with User-Agent, " in verdict.reason
    assert "RemoteProtocolError" in verdict.reason


def test_a_query_that_chooses_the_file_is_refused(origin):
    origin.body_for = lambda request: BODY if "file=a" in request.path else b"which file?"

    (verdict,) = audit([f"{origin.url}{ARTIFACT}?file=a"])

    assert codes_of(verdict) == ["query-matters"]
    assert verdict.findings[0].says == "Without its query the address is answered otherwise."


def test_a_query_that_does_not_matter_is_none(origin):
    (verdict,) = audit([f"{origin.url}{ARTIFACT}?from=mail"])

    assert (verdict.is_kept, codes_of(verdict)) == (True, [])


def test_an_address_that_leads_to_https_is_to_be_asked_there(origin):
    there = origin.url.replace("http:", "https:")
    origin.answer(ARTIFACT, b"", status=301, Location=there + ARTIFACT)

    verdict = verdict_of(origin)

    assert (verdict.is_reachable, codes_of(verdict)) == (True, ["redirects-away"])
    assert f"ORIGIN={there}; in the stack OriginProtocol=https-only" in verdict.findings[0].remedy


def test_a_query_that_changes_the_answer_is_refused(origin):
    origin.body_for = lambda request: b"error: unknown" if "?" in request.path else BODY

    verdict = verdict_of(origin)

    assert codes_of(verdict) == ["query-matters"]


def test_ranges_with_other_bytes_are_refused(origin):
    origin.body_for = lambda request: BODY[::-1] if "Range" in request.headers else BODY

    verdict = verdict_of(origin)

    assert "ranges-broken" in codes_of(verdict)


def test_ranges_of_another_length_are_refused(origin):
    origin.behind_the_total = "0"

    verdict = verdict_of(origin)

    assert "ranges-broken" in codes_of(verdict)


@pytest.mark.parametrize(
    ("answer", "code", "shown"),
    [
        (
            {"status": 401, "WWW_Authenticate": "Basic realm=x"},
            "needs-login",
            "WWW-Authenticate: Basic realm=x",
        ),
        ({"status": 403}, "needs-login", "status 403"),
        ({"status": 302, "Location": "/login?next=x"}, "needs-login", "302 Location: /login?next=x"),
        ({"status": 302, "Location": ARTIFACT}, "redirect-loop", f"302 Location: {ARTIFACT}"),
        (
            {"status": 302, "Location": "http://cdn.invalid/a"},
            "redirects-away",
            "302 Location: http://cdn.invalid/a",
        ),
        ({"status": 404}, "no-file", "status 404"),
        ({"status": 500}, "no-file", "status 500"),
        ({"Content_Type": "text/html; charset=utf-8"}, "is-page", "Content-Type: text/html; charset=utf-8"),
    ],
)
def test_what_is_no_file_for_everybody_is_refused(origin, answer, code, shown):
    # A page at /login is a page, too: nothing is kept there either.
    origin.answer("/login", b"<form>", Content_Type="text/html")
    origin.answer(ARTIFACT, BODY, **answer)

    verdict = verdict_of(origin)

    assert not verdict.is_kept
    refusals = [finding for finding in verdict.findings if finding.refuses]
    assert (code, shown) in [(one.code, one.shown_by) for one in refusals] or code == "needs-login"
    assert verdict.reason


def test_a_redirect_within_the_origin_is_followed_to_the_file(origin):
    origin.answer("/get/newest", b"", status=302, Location=ARTIFACT)

    (verdict,) = audit([f"{origin.url}/get/newest"])

    assert (verdict.path, verdict.is_kept) == (ARTIFACT, True)


def test_an_origin_that_is_down_spoils_no_other(origin):
    down = f"http://{HOST}:{free_ports(1)[0]}/a.zip"

    first, second, third = audit([down, origin.url + ARTIFACT, "not an address"])

    assert (first.is_reachable, first.findings[0].code) == (False, "unreachable")
    assert "ConnectError" in first.findings[0].shown_by
    assert second.is_kept
    assert not third.is_kept


def run_audit(*arguments):
    """What the command prints, and its exit code."""
    out = io.StringIO()
    try:
        call_command("updates", "offload", "audit", *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as error:
        return out.getvalue(), error.code
    return out.getvalue(), 0


def test_the_command_says_it_in_words_and_by_its_exit_code(origin):
    origin.answer("/secret.zip", b"", status=401)

    good, bad = run_audit(origin.url + ARTIFACT), run_audit(origin.url + ARTIFACT, f"{origin.url}/secret.zip")
    down = run_audit(f"http://{HOST}:{free_ports(1)[0]}/a.zip")

    assert good[1] == 0
    assert good[0].startswith(f"KEEP  {origin.url}{ARTIFACT}")
    assert bad[1] == 1
    assert "seen: status 401" in bad[0]
    assert "1 of 2 can be kept" in bad[0]
    assert down[1] == 2


def test_the_command_says_it_to_machines(origin):
    out, code = run_audit("--json", origin.url + "/other.file")

    document = json.loads(out)
    assert (code, document["exit_code"]) == (0, 0)
    assert document["paths"][0]["decision"] == "keep"
    assert [one["code"] for one in document["paths"][0]["findings"]] == ["not-in-patterns"]


def test_a_pattern_that_no_edge_takes_is_told(origin):
    with pytest.raises(CommandError, match="no path pattern"):
        run_audit("--path", "a\nb", origin.url + ARTIFACT)
