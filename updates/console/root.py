"""`manage.py updates root`: TUF's root is prepared here, signed offline by its holders, taken in here."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError

from updates import commands
from updates.signing import keys, roots

_ABOUT = "TUF's root of a product: key, prepare, sign, take."
ACTOR = "operator"
PASSPHRASE = "ROOT_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-command a step."""
    parser.description = _ABOUT
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")

    key = steps.add_parser("key", help="Offline: make a root key, encrypted, and FILE.pub beside it.")
    key.add_argument("file", type=Path)

    prepare = steps.add_parser("prepare", help="Write the next root, to be signed by its holders.")
    prepare.add_argument("product", help="The product's short name.")
    prepare.add_argument("--out", type=Path, required=True, metavar="FILE")
    holders = "A holder's .pub file; again for each. Without it those of the root before."
    prepare.add_argument("--key", type=Path, action="append", default=[], metavar="PUB", help=holders)
    threshold = "How many holders have to sign; all of them if not said."
    prepare.add_argument("--threshold", type=int, help=threshold)
    prepare.add_argument("--dry-run", action="store_true", help="Print it; make no keys, write no file.")

    sign = steps.add_parser("sign", help="Offline: add a holder's signature. Needs no database.")
    sign.add_argument("file", type=Path)
    sign.add_argument("--key", type=Path, required=True, metavar="KEY")

    take = steps.add_parser("take", help="Take in a signed root, and have signed what it changes.")
    take.add_argument("product", help="The product's short name.")
    take.add_argument("file", type=Path)
    take.add_argument("--dry-run", action="store_true", help="Only say whether it would be taken.")


def run(options: dict[str, Any], *, out: TextIO, err: TextIO) -> int:
    """One step."""
    out.write(f"{_run(options)}\n")
    return 0


def _run(options: dict[str, Any]) -> str:
    steps = {"key": _key, "prepare": _prepare, "sign": _sign, "take": _take}
    try:
        return steps[options["step"]](options)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error


def _key(options: dict[str, Any]) -> str:
    file: Path = options["file"]
    made = keys.make_key_file(file, _passphrase(f"New passphrase of {file}: "))
    public = file.with_name(f"{file.name}.pub")
    public.write_text(json.dumps(keys.as_document(made), indent=1) + "\n", encoding="utf-8")
    return f"Made {file}, which never leaves its holder, and {public} for `root prepare`."


def _prepare(options: dict[str, Any]) -> str:
    holders = [json.loads(path.read_text(encoding="utf-8")) for path in options["key"]]
    body = commands.prepare_root(
        actor=ACTOR,
        product=options["product"],
        root_keys=holders,
        threshold=options["threshold"],
        makes_keys=not options["dry_run"],
    )
    if options["dry_run"]:
        return json.dumps(json.loads(body), indent=1)
    out: Path = options["out"]
    out.write_text(body, encoding="utf-8")
    named, threshold = roots.root_keys_of(body)
    return f"Wrote {out}: {threshold} of {len(named)} holders sign it, each with `root sign {out} --key …`."


def _sign(options: dict[str, Any]) -> str:
    file: Path = options["file"]
    signer = keys.open_key_file(options["key"], _passphrase(f"Passphrase of {options['key']}: "))
    file.write_text(roots.sign(file.read_bytes(), signer), encoding="utf-8")
    return f"Signed {file} as {signer.public_key.keyid[:12]}."


def _take(options: dict[str, Any]) -> str:
    product, body = options["product"], options["file"].read_text(encoding="utf-8")
    if options["dry_run"]:
        return f"Would take in root {commands.check_root(product=product, body=body)} of {product}."
    version = commands.take_root(actor=ACTOR, product=product, body=body, is_admin=True)
    return f"Took in root {version} of {product}. What it changes is being signed and published."


def _passphrase(prompt: str) -> str:
    return os.environ.get(PASSPHRASE) or getpass(prompt)
