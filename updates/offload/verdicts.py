"""What an edge can do with what was observed: keep copies, with which rules, or better keep away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from updates.offload.paths import DEFAULT_PATTERNS, MUTABLE_SECONDS, is_artifact, is_signed, seconds_of
from updates.offload.probes import FIRST, LAST, Answer, Observed

# CloudFront keeps nothing larger.
MOST_BYTES = 50 * 10**9
_LOGIN = ("login", "signin", "sign-in", "log-in", "/auth", "sso", "saml", "oauth")


@dataclass(frozen=True)
class Finding:
    """One thing that was seen, the header or status that shows it, and what the edge makes of it."""

    code: str
    says: str
    shown_by: str
    remedy: str
    refuses: bool = False
    # Behind an edge that obeys the origin, ranges and herds would each fetch the whole file.
    amplifies: bool = False


@dataclass(frozen=True)
class Verdict:
    """What to do with one path."""

    url: str
    path: str
    findings: tuple[Finding, ...]
    is_reachable: bool = True

    @property
    def is_kept(self) -> bool:
        """Whether the edge may keep copies."""
        return not any(finding.refuses for finding in self.findings)

    @property
    def reason(self) -> str:
        """Why no copies are kept, in a sentence."""
        return next((f"{one.says} ({one.shown_by})" for one in self.findings if one.refuses), "")

    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "url": self.url,
            "path": self.path,
            "decision": "keep" if self.is_kept else "pass",
            "findings": [vars(finding) for finding in self.findings],
        }


def judge(
    observed: Observed, *, patterns: Sequence[str] = DEFAULT_PATTERNS, obeys_origin: bool = False
) -> Verdict:
    """The verdict of one address. `obeys_origin`: of an edge that keeps to the origin's caching headers."""
    findings = list(_unusable(observed))
    if not findings:
        findings = [*_dangers(observed, observed.plain), *_fixes(observed, observed.plain)]
        findings += _names(observed, patterns)
    if obeys_origin:
        findings = [_obeyed(finding) for finding in findings]
    return Verdict(observed.url, observed.path, tuple(findings), is_reachable=not observed.failure)


def _obeyed(finding: Finding) -> Finding:
    if not finding.amplifies:
        return finding
    remedy = (
        "An edge that obeys this keeps nothing, and still drops Range from what it asks: each range costs a "
        "whole file, up to 200 times the bytes of no edge. Overrule the header, or have no edge."
    )
    return Finding(finding.code, finding.says, finding.shown_by, remedy, refuses=True, amplifies=True)


def _refusal(code: str, says: str, shown_by: str, remedy: str) -> Finding:
    return Finding(code, says, shown_by, remedy, refuses=True)


def _unusable(observed: Observed) -> Iterator[Finding]:
    """Nothing can be kept, since there is nothing."""
    if observed.failure:
        yield _refusal(
            "unreachable",
            "The origin does not answer.",
            observed.failure,
            "Start it, or correct the address.",
        )
        return
    plain = observed.plain
    hop = observed.hops[-1] if observed.hops else ""
    if observed.is_loop:
        yield _refusal(
            "redirect-loop",
            "It leads back to itself.",
            hop,
            "No client gets the file either: correct the redirect.",
        )
    elif plain.status in (301, 302, 303, 307, 308):
        yield _redirect(observed, hop)
    elif plain.status in (401, 403, 407) or plain.get("WWW-Authenticate"):
        shown = plain.line("WWW-Authenticate") if plain.get("WWW-Authenticate") else f"status {plain.status}"
        yield _needs_login(shown)
    elif plain.status != 200:
        yield _refusal(
            "no-file",
            "There is no file here now." if plain.status in (404, 410) else "It is not answered with a file.",
            f"status {plain.status}",
            "Audit the address of a file that can be downloaded.",
        )


def _redirect(observed: Observed, hop: str) -> Finding:
    """To where the edge does not ask."""
    location = observed.plain.get("Location")
    target = urlsplit(urljoin(observed.url, location))
    if target.scheme != urlsplit(observed.url).scheme:
        return _refusal(
            "redirects-away",
            f"It is given by {target.scheme} alone.",
            hop,
            f"Redirects pass. ORIGIN={target.scheme}://{target.netloc}; "
            f"in the stack OriginProtocol={target.scheme}-only. Audit that address.",
        )
    if any(word in location.lower() for word in _LOGIN):
        return _needs_login(hop)
    return _refusal(
        "redirects-away",
        "The bytes come from another host.",
        hop,
        "Redirects pass. Put the edge in front of the host that sends the bytes, and audit that.",
    )


def _needs_login(shown_by: str) -> Finding:
    return _refusal(
        "needs-login",
        "Who may read is decided by the origin.",
        shown_by,
        "Such requests pass to the origin. Signed addresses of the edge are the way to sell downloads.",
    )


def _dangers(observed: Observed, plain: Answer) -> Iterator[Finding]:
    """A copy would be wrong for somebody, or cost more than none."""
    if plain.get("Content-Type").lower().startswith("text/html"):
        yield _refusal(
            "is-page",
            "This is a page, not a file: a form, or an error that calls itself a success.",
            plain.line("Content-Type"),
            "Pages pass. Audit the address of the file.",
        )
    if is_signed(urlsplit(observed.url).query):
        yield _refusal(
            "signed-query",
            "The query decides who may read.",
            f"?{urlsplit(observed.url).query}",
            "It passes.",
        )
    is_chunked = "chunked" in plain.get("Transfer-Encoding").lower()
    if plain.length is None and not is_chunked:
        yield _refusal(
            "no-length",
            "The body ends with its connection, so a copy that was cut off looks whole.",
            f"{plain.line('Content-Length')}, {plain.line('Transfer-Encoding')}",
            "No copy is kept. HTTP/1.1 at the origin, or a proxy that counts, would help.",
        )
    if plain.length is not None and plain.length > MOST_BYTES:
        yield _refusal(
            "too-large", "CloudFront keeps no file of this size.", plain.line("Content-Length"), "It passes."
        )
    yield from _other_bytes(observed, plain)
    yield from _broken_ranges(observed, plain, is_chunked)


def _other_bytes(observed: Observed, plain: Answer) -> Iterator[Finding]:
    again, dressed, queried, bare = observed.again, observed.dressed, observed.queried, observed.bare
    # Whoever answers no HEAD may answer all the rest.
    if unanswered := [one for one in observed.unanswered if not one.startswith("HEAD ")]:
        yield _refusal(
            "not-answered",
            "It is answered at times only, so nobody knows whether everybody gets the same.",
            unanswered[0],
            "No copy is kept. Ask again when the application has less to do, or with a longer --timeout.",
        )
    if again is not None and _differs(plain, again):
        yield _refusal(
            "bytes-change",
            "The same address gives other bytes a moment later.",
            _difference(plain, again),
            "No copy is kept. Give each version an address of its own.",
        )
        return
    if dressed is not None and _differs(plain, dressed):
        yield _refusal(
            "depends-on-client",
            "Another client, with cookies and another language, gets other bytes.",
            f"{_difference(plain, dressed)}; {plain.line('Vary')}",
            "No copy is kept: one client's bytes must not reach another.",
        )
    for other, says in (
        (queried, "A query that means nothing changes the answer."),
        (bare, "Without its query the address is answered otherwise."),
    ):
        if other is not None and _differs(plain, other):
            yield _refusal(
                "query-matters",
                says,
                _difference(plain, other),
                "With QUERY=keep (the stack: QueryInKey=yes) each query has its own copy; else it passes.",
            )
            break


def _broken_ranges(observed: Observed, plain: Answer, is_chunked: bool) -> Iterator[Finding]:
    part = observed.part
    if part is None or part.status != 206:
        return
    expected = plain.body[FIRST : LAST + 1]
    total = f"/{plain.length}" if plain.length is not None else ""
    told = part.get("Content-Range")
    if part.body != expected or not told.startswith(f"bytes {FIRST}-") or not told.endswith(total):
        yield _refusal(
            "ranges-broken",
            "A range has other bytes than the file at that place.",
            f"asked bytes={FIRST}-{LAST}: {part.line('Content-Range')}",
            "CloudFront asks for ranges and would join wrong ones. Clients that resume are broken today.",
        )
    elif is_chunked:
        yield _refusal(
            "chunked-with-ranges",
            "Ranges are cut, but the whole has no length, so an edge would give whole files instead.",
            plain.line("Transfer-Encoding"),
            "It passes, so that ranges stay ranges.",
        )


def _differs(one: Answer, other: Answer) -> bool:
    """Whether two answers are different files; a tag alone says nothing here."""
    if other.status != one.status:
        return True
    return one.length != other.length or one.body != other.body


def _difference(one: Answer, other: Answer) -> str:
    if other.status != one.status:
        return f"status {one.status}, then {other.status}"
    if one.length != other.length:
        return f"{one.line('Content-Length')}, then {other.line('Content-Length')}"
    return f"the first {len(one.body)} bytes differ"


def _fixes(observed: Observed, plain: Answer) -> Iterator[Finding]:
    """What the edge makes good."""
    part = observed.part
    if part is not None and part.status == 200:
        yield Finding(
            "no-ranges",
            "Ranges are answered with the whole file.",
            f"asked bytes={FIRST}-{LAST}: status 200, {plain.line('Accept-Ranges')}",
            "The edge fetches the file once and cuts the ranges itself; updaters then really resume.",
        )
    if "chunked" in plain.get("Transfer-Encoding").lower():
        yield Finding(
            "chunked",
            "No length is told beforehand.",
            plain.line("Transfer-Encoding"),
            "One fetch, and whole files to everybody: without a length neither edge cuts ranges.",
        )
    yield from _caching_headers(plain)
    yield from _validators(observed, plain)
    head = observed.head
    if head is None or head.status != 200:
        yield Finding(
            "no-head",
            "HEAD is not answered as GET is.",
            f"HEAD: status {head.status}" if head else "HEAD: no answer",
            "HEAD passes; the edge answers it from nothing.",
        )


def _caching_headers(plain: Answer) -> Iterator[Finding]:
    caching = plain.get("Cache-Control").lower()
    if any(word in caching for word in ("private", "no-store", "no-cache", "max-age=0", "s-maxage=0")):
        yield Finding(
            "not-for-caches",
            "The origin forbids copies, also of what everybody gets.",
            plain.line("Cache-Control"),
            "Overruled for artifact paths: the edge's own time (the stack: MinTTL above 0).",
            amplifies=True,
        )
    elif not caching:
        yield Finding(
            "no-cache-control",
            "Nothing is said of how long copies live.",
            plain.line("Cache-Control"),
            "The edge's own time (the stack: DefaultTTL).",
        )
    if plain.get("Set-Cookie"):
        yield Finding(
            "sets-cookie",
            "A cookie comes with the file.",
            plain.line("Set-Cookie").split(";")[0],
            "Neither kept nor given on (the stack: removed by the response headers policy).",
            amplifies=True,
        )
    vary = {word.strip().lower() for word in plain.get("Vary").split(",") if word.strip()}
    if vary - {"accept-encoding", "origin"}:
        yield Finding(
            "varies",
            "It is said to depend on who asks; another client got the same bytes.",
            plain.line("Vary"),
            "Ignored and taken away for artifact paths.",
            amplifies=True,
        )
    if plain.get("Content-Encoding") not in ("", "identity"):
        yield Finding(
            "encoded",
            "It comes compressed to one who did not ask for that.",
            plain.line("Content-Encoding"),
            "Kept as it comes. Ranges count in the compressed bytes.",
        )


def _validators(observed: Observed, plain: Answer) -> Iterator[Finding]:
    again, unchanged, other = observed.again, observed.unchanged, observed.part_if_other
    if again is not None and plain.get("ETag") != again.get("ETag"):
        yield Finding(
            "tag-changes",
            "The tag is another one at each request: nobody can resume, or ask whether anything is new.",
            f"{plain.line('ETag')}, then {again.line('ETag')}",
            "The edge keeps the tag of its one fetch. CloudFront fetches large files in ranges and compares "
            "tags: turn the tag off at the origin's web server, or by a function at the origin's answer.",
            amplifies=True,
        )
    elif not plain.get("ETag") and not plain.get("Last-Modified"):
        yield Finding(
            "no-validator",
            "Neither tag nor time of change.",
            f"{plain.line('ETag')}, {plain.line('Last-Modified')}",
            "A copy that ran out is fetched anew; choose a long time.",
        )
    elif unchanged is not None and unchanged.status != 304:
        yield Finding(
            "no-304",
            "“Has it changed?” is answered with the whole file.",
            f"asked with the file's own validator: status {unchanged.status}",
            "The edge answers 304 itself; a copy that ran out costs a whole fetch, so choose a long time.",
        )
    if other is not None and observed.part is not None and observed.part.status == 206 == other.status:
        yield Finding(
            "if-range-ignored",
            "A range of another version is given without a word.",
            "asked with an If-Range of another version: status 206",
            "The edge answers from one copy, and compares.",
        )


def _names(observed: Observed, patterns: Sequence[str]) -> Iterator[Finding]:
    path = observed.path
    if not is_artifact(path, patterns):
        folder = path.rpartition("/")[0]
        yield Finding(
            "not-in-patterns",
            "No pattern of artifact paths fits, so the edge would pass it.",
            path,
            f"Give the pattern, for example PATHS='{folder}/*'.",
        )
    if seconds_of(path) == MUTABLE_SECONDS:
        yield Finding(
            "name-without-version",
            "Other bytes will come under this name.",
            path,
            f"Copies live {MUTABLE_SECONDS} s. A version in the name lets them live for ever.",
        )
