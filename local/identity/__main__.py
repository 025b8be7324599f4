"""`python -m local.identity prepare` before a start, and `… rotate-key` now and then."""

from __future__ import annotations

import argparse
import os

import django


def main() -> None:
    """Run one of the two commands and say what it did in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m local.identity", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="Make or bring up to date: database, key, clients, demo people.")
    commands.add_parser(
        "rotate-key",
        help="Sign with a fresh key from now on; the old one is published until its tokens expire.",
    )
    command = parser.parse_args().command

    # The database holds password hashes: nobody else on this machine may read it.
    os.umask(0o077)
    os.environ["DJANGO_SETTINGS_MODULE"] = "local.identity.settings"
    django.setup()
    from local.identity import provision

    print(provision.prepare() if command == "prepare" else provision.rotate_key())


if __name__ == "__main__":
    main()
