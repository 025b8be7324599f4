"""`quartet-publish`: create, upload, submit, rollout, pause, resume, withdraw, status.

Exit codes: 0 done; 1 something unexpected, or the edge does not serve it; 2 the command cannot mean this;
3 the server refuses it as it stands; 4 no credentials, or none that may; 5 there is no such thing; 6 the
bytes were refused; 7 the server or the store does not answer; 8 it took too long; 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quartet_publish import __version__, login, releases
from quartet_publish.api import Api, require_safe
from quartet_publish.credentials import Credentials
from quartet_publish.errors import PublishError, UsageError
from quartet_publish.guesses import guess
from quartet_publish.progress import Progress
from quartet_publish.uploads import Declared, hash_of, upload, wait_until_verified

INTERRUPTED = 130
WAIT_SECONDS = 900.0
SYSTEMS = ("windows", "macos", "linux", "any")
ARCHITECTURES = ("x86_64", "arm64", "x86", "universal", "any")
KINDS = ("installer", "full", "delta", "blockmap", "signature")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    options = parser().parse_args(arguments)
    try:
        document, text = options.run(options)
    except KeyboardInterrupt:
        return _fail(options, "Interrupted. The same command again goes on from here.", INTERRUPTED)
    except PublishError as error:
        return _fail(options, str(error), error.exit_code)
    if options.json:
        print(json.dumps(document, indent=2))
    elif not options.quiet:
        print(text)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="quartet-publish", description=__doc__.partition("\n\n")[2])
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    create = _command(commands, "create", _create, "begin a release, or bring its notes up to date")
    create.add_argument("--notes", help="Markdown, for those who update")
    create.add_argument("--notes-file", type=Path, help="the same, from a file")
    create.add_argument("--critical", action="store_true", help="clients should install it without asking")
    create.add_argument("--minimum-version", help="older installations must not go on without updating")
    create.add_argument("--build-number", type=int)
    send = _command(commands, "upload", _upload, "send files, and wait until they are verified")
    send.add_argument("files", nargs="+", type=Path)
    send.add_argument(
        "--system", choices=SYSTEMS, help="of all these files; guessed by their names otherwise"
    )
    send.add_argument("--architecture", choices=ARCHITECTURES)
    send.add_argument("--kind", choices=KINDS)
    send.add_argument("--base", default="", help="of differences: the published file that they start from")
    send.add_argument("--parallel", type=int, default=4, help="parts at a time (4)")
    submit = _command(commands, "submit", _submit, "have it approved, and published with --publish")
    submit.add_argument("--publish", action="store_true", help="publish it as soon as it is approved")
    rollout = _command(commands, "rollout", _rollout, "say to how many it is offered, from when on")
    rollout.add_argument(
        "schedule", nargs="+", help="such as: 1 %% now, 10 %% tomorrow 9:00, 100 %% on Friday"
    )
    rollout.add_argument(
        "--time-zone", default="", help="of the times; this machine's if it says (TZ), or UTC"
    )
    _command(commands, "pause", _stepped("pause", ("paused",)), "offer it to nobody new, at once")
    _command(commands, "resume", _stepped("resume", ("published",)), "offer it again")
    _command(commands, "withdraw", _stepped("withdraw", ("withdrawn",)), "take it back")
    _command(commands, "status", _status, "tell its state, rollout and files")
    _login_commands(commands)
    return made


def _command(commands: Any, name: str, run: Callable[[Any], Any], text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    made.add_argument("product", help="its short name")
    made.add_argument("release_version", metavar="version")
    made.add_argument("--channel", default="stable", help="stable if not said")
    made.add_argument("--no-wait", action="store_true", help="do not wait for the server to be done")
    made.add_argument("--timeout", type=float, default=WAIT_SECONDS, help="seconds to wait (900)")
    _common(made)
    return made


def _common(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--url", default=os.environ.get("QUARTET_URL", ""), help="of the server; or QUARTET_URL"
    )
    made.add_argument("--json", action="store_true", help="answer with a JSON document; errors too")
    made.add_argument("--quiet", action="store_true", help="say errors only")


def _login_commands(commands: Any) -> None:
    enter = commands.add_parser("login", help="sign in as a person, by the browser")
    enter.set_defaults(run=_login)
    enter.add_argument("--issuer", default=os.environ.get("QUARTET_ISSUER", ""), help="or QUARTET_ISSUER")
    enter.add_argument("--client-id", default="quartet-publish")
    enter.add_argument("--port", type=int, default=login.PORT)
    leave = commands.add_parser("logout", help="forget who signed in")
    leave.set_defaults(run=_logout)
    _common(enter)
    _common(leave)


def _api(options: Any) -> Api:
    return Api(_url(options), Credentials(_url(options), options.product).token)


def _url(options: Any) -> str:
    url: str = options.url
    if not url:
        raise UsageError("Name the server: --url https://… or QUARTET_URL.")
    require_safe(url, what="The server (--url, QUARTET_URL)")
    return url


def _get(api: Api, options: Any) -> Any:
    return releases.get(api, options.product, options.channel, options.release_version)


def _create(options: Any) -> tuple[Any, str]:
    contents: dict[str, Any] = {}
    notes = options.notes
    if options.notes_file:
        notes = _read_text(options.notes_file)
    for name, value in (
        ("notes", notes),
        ("is_critical", options.critical or None),
        ("minimum_version", options.minimum_version),
        ("build_number", options.build_number),
    ):
        if value is not None:
            contents[name] = value
    release = releases.create(
        _api(options), options.product, options.channel, options.release_version, contents
    )
    return release, releases.summary(release)


def _upload(options: Any) -> tuple[Any, str]:
    if not 1 <= options.parallel <= 32:
        raise UsageError("--parallel is a number from 1 to 32.")
    files = [_declare(path, options) for path in options.files]
    api = _api(options)
    release = _get(api, options)
    releases.require_open(release)
    with Progress(is_silent=options.quiet or options.json) as progress:
        sent = [upload(api, release["id"], file, progress, parallel=options.parallel) for file in files]
    if not options.no_wait:
        wait_until_verified(api, sent, seconds=options.timeout)
    release = api.get(f"/releases/{release['id']}")
    return release, releases.summary(release)


def _declare(path: Path, options: Any) -> Declared:
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    size, sha256 = hash_of(path)
    if not size:
        raise UsageError(f"{path} is empty.")
    said = {
        "operating_system": options.system,
        "architecture": options.architecture,
        "kind": options.kind,
    }
    what = {**guess(path.name), **{name: value for name, value in said.items() if value}}
    beside = path.with_name(f"{path.name}.minisig")
    signature = _read_text(beside).strip() if beside.is_file() else ""
    base = options.base if what["kind"] == "delta" else ""
    return Declared(path, size, sha256, signature=signature, base_file_name=base, **what)


def _submit(options: Any) -> tuple[Any, str]:
    api = _api(options)
    release = releases.step(api, _get(api, options), "submit", {"publish": options.publish})
    if release["state"] in ("publishing", "published") and not options.no_wait:
        release = releases.wait(api, release, states=("published", "paused"), seconds=options.timeout)
    text = releases.summary(release)
    return release, text + ("\n  waits for approval" if release["state"] == "verified" else "")


def _rollout(options: Any) -> tuple[Any, str]:
    body = {"schedule": " ".join(options.schedule)}
    if zone := options.time_zone or os.environ.get("TZ", ""):
        body["time_zone"] = zone.lstrip(":")
    api = _api(options)
    release = releases.step(api, _get(api, options), "rollout", body)
    if release["state"] in ("publishing", "published") and not options.no_wait:
        release = releases.wait(api, release, states=("published", "paused"), seconds=options.timeout)
    return release, releases.summary(release)


def _stepped(verb: str, states: tuple[str, ...]) -> Callable[[Any], tuple[Any, str]]:
    def run(options: Any) -> tuple[Any, str]:
        api = _api(options)
        release = releases.step(api, _get(api, options), verb)
        if not options.no_wait:
            release = releases.wait(api, release, states=states, seconds=options.timeout)
        return release, releases.summary(release)

    return run


def _status(options: Any) -> tuple[Any, str]:
    release = _get(_api(options), options)
    return release, releases.summary(release)


def _login(options: Any) -> tuple[Any, str]:
    if not options.issuer:
        raise UsageError("Name who signs people in: --issuer https://… or QUARTET_ISSUER.")
    require_safe(options.issuer, what="Who signs people in (--issuer, QUARTET_ISSUER)")
    login.sign_in(_url(options), issuer=options.issuer, client_id=options.client_id, port=options.port)
    return {"signed_in_at": int(time.time())}, "You are signed in."


def _logout(options: Any) -> tuple[Any, str]:
    login.sign_out(_url(options))
    return {}, "You are signed out."


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _fail(options: Any, text: str, code: int) -> int:
    if options.json:
        print(json.dumps({"error": text, "exit_code": code}))
    else:
        print(f"quartet-publish: {text}", file=sys.stderr)
    return code
