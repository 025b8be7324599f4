"""Zappa's callbacks, named in `zappa_settings.json`, so that its plain commands make and deploy our packages.

Zappa packs the current directory and the current virtual environment. `prepare` hands it a clean directory
instead; `finish` adds the libraries for Lambda's machine, makes the zip reproducible, puts it where it is
expected, and uploads the static files before anything refers to them; `connect` switches the queues on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Zappa loads this file by its path; what it imports is found from the repository.
_ROOT = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:
    sys.path.insert(0, str(_ROOT))

from click import ClickException  # noqa: E402

from deploy.archive import make_reproducible  # noqa: E402
from deploy.interpreter import find_interpreter  # noqa: E402
from deploy.libraries import PackagingError, prepare_libraries  # noqa: E402
from deploy.place import BUILD, Target  # noqa: E402
from deploy.project import collect_static_files, copy_project  # noqa: E402
from deploy.report import describe, too_large  # noqa: E402

_PACKING = ("package", "deploy", "update")
_DEPLOYING = ("deploy", "update")
_SCHEDULING = ("schedule", "unschedule", "undeploy", "status")


@dataclass(frozen=True)
class _Build:
    """What `prepare` left for `finish`."""

    directory: Path
    came_from: Path
    target: Target
    services: tuple[str, ...]
    is_compiled: bool
    libraries: Path


def prepare(cli: Any) -> None:
    """Zappa has read its settings: give it what it shall pack, if it will.

    Raises:
        ClickException: the stage cannot be packed.
    """
    _refuse_base(cli)
    # For a rehearsal where this machine has no Python of the stage's runtime.
    cli.runtime = os.environ.get("LAMBDA_RUNTIME") or cli.runtime
    # Zappa looks for uses of its WebSocket module in every file below, and finds its own under build/.
    cli.use_websocket = None
    cli.zappa.extra_permissions = cli.stage_config.get("extra_permissions")
    if cli.command in _SCHEDULING or _uses_a_given_zip(cli):
        _name_the_queues(cli, enabled=True if cli.command == "schedule" else None)
    if cli.command not in _PACKING or _uses_a_given_zip(cli):
        return
    try:
        cli.quartet_build = _build(cli)
    except (PackagingError, ValueError) as error:
        raise ClickException(str(error)) from error
    os.chdir(cli.quartet_build.directory)


def finish(cli: Any) -> None:
    """The zip is made: make its bytes reproducible, say what weighs, and upload the static files.

    Raises:
        ClickException: it is too large, or the static files cannot be uploaded.
    """
    build: _Build = cli.quartet_build
    os.chdir(build.came_from)
    path = build.came_from / cli.zip_path
    made = build.directory / cli.zip_path
    if made != path:
        shutil.move(made, path)
    digest = make_reproducible(path, build.libraries)
    print(describe(path, digest=digest, is_compiled=build.is_compiled, python=build.target.python))
    if complaint := too_large(path):
        raise ClickException(complaint)
    if cli.command in _DEPLOYING:
        _name_the_queues(cli)
        _upload_static_files(cli, build.services)


def connect(cli: Any) -> None:
    """The function is deployed: have its queues bring messages, with failures answered one by one.

    Zappa cannot ask for that, so it leaves the subscriptions switched off: without it, SQS would take a
    batch of which one message failed for done.

    Raises:
        ClickException: a queue is not there.
    """
    client = cli.zappa.boto_session.client("lambda")
    function = client.get_function(FunctionName=cli.lambda_name)["Configuration"]["FunctionArn"]
    for event in cli.stage_config.get("events", []):
        arn = event.get("event_source", {}).get("arn", "")
        if not arn.startswith("arn:aws:sqs:"):
            continue
        found = client.list_event_source_mappings(FunctionName=function, EventSourceArn=arn)
        if not found["EventSourceMappings"]:
            raise ClickException(
                f"The function has no subscription of {arn}: is the queue there? "
                f"Make it, then run `zappa update {cli.api_stage}`. See docs/operations.md."
            )
        for mapping in found["EventSourceMappings"]:
            client.update_event_source_mapping(
                UUID=mapping["UUID"], Enabled=True, FunctionResponseTypes=["ReportBatchItemFailures"]
            )


def _build(cli: Any) -> _Build:
    target = Target.of_stage(cli.runtime, cli.architecture)
    services = tuple(_environment(cli).get("SERVICES", "").split(","))
    interpreter = find_interpreter(target.python)
    libraries = prepare_libraries(target, services=services, interpreter=interpreter)
    directory = BUILD / "project" / cli.lambda_name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    copy_project(directory, services=services, interpreter=interpreter)
    cli.zappa.get_current_venv = _empty_environment
    return _Build(directory, Path.cwd(), target, services, interpreter is not None, libraries)


def _empty_environment() -> Path:
    """A virtual environment without libraries for Zappa, which would pack them anew for each stage."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    environment = BUILD / "empty-environment"
    (environment / "lib" / version / "site-packages").mkdir(parents=True, exist_ok=True)
    return environment


def _environment(cli: Any) -> Mapping[str, str]:
    variables: Mapping[str, str] = cli.aws_environment_variables
    return variables


def _refuse_base(cli: Any) -> None:
    if "SERVICES" not in _environment(cli):
        stages = [name for name in cli.zappa_settings if "SERVICES" in str(cli.zappa_settings[name])]
        raise ClickException(f"{cli.api_stage} is no stage; expected one of {', '.join(stages)}.")


def _uses_a_given_zip(cli: Any) -> bool:
    given = cli.vargs or {}
    return bool(given.get("zip") or given.get("no_upload") or given.get("docker_image_uri"))


def _name_the_queues(cli: Any, *, enabled: bool | None = None) -> None:
    """Write region and account into the addresses of the queues, which the file cannot know.

    Not before the package is made: its bytes shall not depend on who deploys it.
    """
    account = cli.zappa.sts_client.get_caller_identity()["Account"]
    events = []
    for event in cli.stage_config.get("events", []):
        source = dict(event.get("event_source", {}))
        if source:
            source["arn"] = source["arn"].format(
                region=cli.zappa.aws_region, account=account, function=cli.lambda_name
            )
            source["enabled"] = source.get("enabled", True) if enabled is None else enabled
        events.append({**event, **({"event_source": source} if source else {})})
    cli.override_stage_config_setting("events", events)


def _upload_static_files(cli: Any, services: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "deploy.upload_static", str(collect_static_files(services))]
    region = {"AWS_REGION": cli.zappa.aws_region} if cli.zappa.aws_region else {}
    environment = {**os.environ, **region, **_environment(cli), "ENVIRONMENT_FILE": ""}
    if subprocess.run(command, cwd=_ROOT, env=environment, check=False).returncode:
        raise ClickException("The static files were not uploaded, so nothing was deployed.")
