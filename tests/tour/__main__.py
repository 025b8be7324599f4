"""Walk through a running system as its people do, and say at each step what happened.

`python -m tests.tour`, or `make tour`. The system is the desk of this checkout, or the one that WEB_URL,
OIDC_ISSUER and their kin name. Ends with 1 at the first answer that is wrong.
"""

from __future__ import annotations

import sys
import time

import httpx

from tests.tour.blog import BlogChapter
from tests.tour.system import System, WrongAnswer
from tests.tour.todos import TodosChapter
from tests.tour.updates import UpdatesChapter

CHAPTERS = (TodosChapter, BlogChapter, UpdatesChapter)


def main() -> int:
    """Take every step; 0 if all went well."""
    system = System.from_environment()
    steps = [step for chapter in CHAPTERS for step in chapter(system).steps()]
    for number, step in enumerate(steps, start=1):
        began = time.monotonic()
        try:
            sentence = step()
        except (WrongAnswer, httpx.TransportError) as error:
            print(
                f"{number:2}/{len(steps)}  FAILED at {step.__name__.replace('_', ' ')}: {error}", flush=True
            )
            return 1
        print(f"{number:2}/{len(steps)}  {time.monotonic() - began:5.2f} s  {sentence}", flush=True)
    print("The tour is complete.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
