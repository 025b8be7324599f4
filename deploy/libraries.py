"""The libraries of a package: what uv.lock names, as wheels for Lambda's machine, trimmed and compiled.

Made once for each lock, target and choice of services.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from deploy import contents
from deploy.archive import pack
from deploy.kept import hash_of, kept
from deploy.place import BUILD, ROOT, Target, uv

_PACKED = "libraries.zip"


class PackagingError(Exception):
    """A package cannot be made; the text says why."""


def prepare_libraries(
    target: Target, *, services: Collection[str], interpreter: str | None, only: Collection[str] = ()
) -> Path:
    """A zip with the libraries of these services.

    `only` names the distributions of a function that is not of this repository.

    With an `interpreter` of the target's version everything is compiled: without, each start of a
    function would compile all that it imports.

    Raises:
        PackagingError: uv cannot install what the lock names.
    """
    requirements = _requirements(services, only)
    key = hash_of(target.name, requirements, interpreter or "", Path(contents.__file__))

    def make(directory: Path) -> None:
        libraries = directory / "site-packages"
        libraries.mkdir()
        _install(requirements, target, libraries)
        _trim(libraries)
        if interpreter:
            compile_files(libraries, interpreter)
        pack(libraries, directory / _PACKED)
        shutil.rmtree(libraries)

    return kept(BUILD / "libraries" / f"{target.name}-{key}", make) / _PACKED


def compile_files(directory: Path, interpreter: str) -> None:
    """Compile every module, so that the bytes depend on nothing but the source and the interpreter.

    `unchecked-hash`: Python looks at no time stamp, which a zip would not keep anyway.
    """
    command = [interpreter, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(directory), "-p", "/var/task", str(directory)]
    # Some libraries ship a file of templates or of another Python, which cannot be compiled.
    subprocess.run(command, env={"PYTHONHASHSEED": "0"}, capture_output=True, check=False)


def _requirements(services: Collection[str], only: Collection[str]) -> str:
    exported = _uv(
        *("export", "--frozen", "--no-dev", "--no-emit-project", "--no-annotate", "--no-header"),
        *("--format", "requirements-txt"),
    )
    return "\n".join(
        block for block in re.split(r"\n(?=\S)", exported.strip()) if _is_wanted(block, services, only)
    )


def _is_wanted(block: str, services: Collection[str], only: Collection[str]) -> bool:
    name = block.partition("==")[0]
    if only and name not in only:
        return False
    needed_by = contents.NEEDED_BY.get(name)
    wanted = needed_by is None or not needed_by.isdisjoint(services)
    return wanted and name not in contents.NOT_IN_THE_FUNCTION


def _install(requirements: str, target: Target, directory: Path) -> None:
    listed = directory.parent / "requirements.txt"
    listed.write_text(requirements, encoding="utf-8")
    _uv(
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *(
            "--python",
            sys.executable,
            "--python-version",
            target.python,
            "--python-platform",
            target.platform,
        ),
        *("--link-mode", "copy", "--target", str(directory), "--requirements", str(listed)),
    )
    listed.unlink()


def _uv(*arguments: str) -> str:
    try:
        done = subprocess.run([uv(), *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise PackagingError(f"{uv()} is not there; `make setup` installs it.") from error
    except subprocess.CalledProcessError as error:
        raise PackagingError(f"uv {arguments[0]} failed:\n{error.stderr.strip()}") from error
    return done.stdout


def _trim(directory: Path) -> None:
    for path in [*_trimmed(directory), *_other_languages(directory), *_other_data(directory)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _trimmed(directory: Path) -> Iterator[Path]:
    for pattern in contents.TRIMMED:
        yield from list(directory.glob(pattern))


def _other_languages(directory: Path) -> Iterator[Path]:
    for locale in directory.rglob("locale"):
        for language in locale.iterdir():
            if language.is_dir() and language.name not in contents.LANGUAGES:
                yield language


def _other_data(directory: Path) -> Iterator[Path]:
    for data, needed in (
        (directory / "botocore" / "data", contents.BOTOCORE_DATA),
        (directory / "boto3" / "data", contents.BOTO3_DATA),
    ):
        yield from (service for service in data.iterdir() if service.is_dir() and service.name not in needed)
