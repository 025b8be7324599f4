"""The table of cache rules: one header at the origin for each kind of file, one at the viewer."""

from __future__ import annotations

import pytest

from chassis.publishing.rules import FILE_RULES, CacheRule, rules_as_markdown, viewer_headers

STALE = "stale-while-revalidate=86400, stale-if-error=604800"


@pytest.mark.parametrize(
    ("rule", "origin", "viewer"),
    [
        ("IMMUTABLE", "public, max-age=31536000, immutable", "public, max-age=31536000, immutable"),
        ("PAGE", f"public, max-age=0, s-maxage=86400, {STALE}", "public, max-age=0, must-revalidate"),
        ("LISTING", f"public, max-age=0, s-maxage=3600, {STALE}", "public, max-age=0, must-revalidate"),
        ("POINTER", "public, max-age=0, s-maxage=60", "public, max-age=0, must-revalidate"),
        ("SHARED_ANSWER", "public, max-age=0, s-maxage=60", "public, max-age=0, must-revalidate"),
        ("PRIVATE_ANSWER", "private, no-store", "private, no-store"),
    ],
)
def test_a_rule_has_a_header_at_the_origin_and_one_at_the_viewer(rule, origin, viewer):
    assert (CacheRule[rule].origin, CacheRule[rule].viewer) == (origin, viewer)


def test_a_missing_file_is_forgotten_after_ten_seconds_and_never_kept_by_a_browser():
    assert CacheRule.MISSING_FILE.edge_seconds == 10
    assert CacheRule.MISSING_FILE.viewer == "no-store"


def test_no_browser_is_told_to_show_what_is_stale():
    assert [rule for rule in CacheRule if "stale" in rule.viewer] == []


def test_the_edge_can_tell_the_files_rules_apart_by_their_headers():
    assert len(viewer_headers()) == len(FILE_RULES)


def test_what_names_other_files_is_a_pointer():
    assert [rule.name for rule in CacheRule if rule.is_pointer] == ["LISTING", "POINTER"]


def test_the_page_prints_the_table_as_it_is(settings):
    page = (settings.BASE_DIR / "docs" / "publishing.md").read_text(encoding="utf-8")

    assert rules_as_markdown() in page
