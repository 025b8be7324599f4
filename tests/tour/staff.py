"""Those who write and release, as they sign in on a desk."""

from __future__ import annotations

import os

from tests.tour.person import Person
from tests.tour.signing_up import sign_in
from tests.tour.system import System

# A demo person of the desk; another system names one of its own.
EMAIL = os.environ.get("TOUR_EDITOR_EMAIL") or "edith@example.com"
PASSWORD = os.environ.get("TOUR_EDITOR_PASSWORD") or "four-strings-on-a-desk"
SCOPES = "openid email profile blog/read blog/write updates/read updates/write"


def editor(system: System) -> Person:
    """An editor with a token for the APIs of the blog and of updates.

    Raises:
        WrongAnswer: the provider does not let her in.
    """
    return Person(system, sign_in(system, email=EMAIL, password=PASSWORD, scopes=SCOPES))
