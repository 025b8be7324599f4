"""An editor signs in from a terminal, and publishes with what came back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.local.fresh_desk import FreshDesk

pytestmark = pytest.mark.browser
SOURCE = Path(__file__).resolve().parents[2] / "clients" / "publish" / "src"


def quartet_publish(desk: FreshDesk, home: Path, *words: str) -> subprocess.Popen[str]:
    """The program as it is typed, with a home of its own and no browser that it could open."""
    return subprocess.Popen(
        [sys.executable, "-m", "quartet_publish", *words],
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "XDG_CONFIG_HOME": str(home),
            "QUARTET_URL": desk.web_url,
            "BROWSER": "true",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_signs_in_by_the_browser_publishes_from_the_terminal(
    page: Page, desk: FreshDesk, tmp_path: Path, complaints: list[str]
) -> None:
    entering = quartet_publish(
        desk, tmp_path, "login", "--issuer", f"http://127.0.0.1:{desk.environment['IDENTITY_PORT']}"
    )
    assert entering.stderr is not None
    page.goto(entering.stderr.readline().removeprefix("Sign in at ").strip())
    sign_in(page, "edith@example.com")
    expect(page.get_by_text("You are signed in.")).to_be_visible()
    entering.communicate(timeout=60)
    page.goto("about:blank")
    # About the icon of a page whose server answers once.
    complaints.clear()

    made = quartet_publish(desk, tmp_path, "create", "tide", "1.3.0-beta.1", "--channel", "beta", "--json")
    said, complaint = made.communicate(timeout=60)

    assert (entering.returncode, made.returncode) == (0, 0), complaint
    assert json.loads(said)["version"] == "1.3.0-beta.1"
