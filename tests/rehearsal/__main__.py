"""`make rehearsal`: everything that a deployment goes through, without an account.

`python -m tests.rehearsal [together] [apart] [faults]`: all services in one function, one function a
service, and what goes wrong; without a name all three. Prints each step with its time and the most memory
that this process's children had; ends with 1 at the first that fails.
"""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Collection
from pathlib import Path

from deploy.__main__ import package as make_package
from tests.rehearsal.stand_ins import CHECKOUT, RUNTIME, STAGE, StandIns
from tests.rehearsal.steps import Rehearsal

PARTS = ("together", "apart", "faults")


def main(parts: Collection[str]) -> int:
    """Take the steps of the parts; 0 if all went well."""
    # What moto skips is known (docs/cloud.md), and would hide the steps.
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", UserWarning)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quartet-rehearsal-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        with StandIns(directory) as cloud:
            print(f"       {'':6}    Functions run on Python {RUNTIME}.")
            print(f"       {time.monotonic() - began:6.1f} s  The stand-ins are up.", flush=True)
            rehearsal = Rehearsal(cloud, directory)
            try:
                if not _take(rehearsal, parts):
                    return 1
            finally:
                rehearsal.close()
        went_well = "faults" not in parts or _faults(_package(rehearsal.package, directory))
    ending = "is complete" if went_well else "failed at the faults"
    print(f"The rehearsal {ending} ({time.monotonic() - began:.0f} s).")
    return 0 if went_well else 1


def _take(rehearsal: Rehearsal, parts: Collection[str]) -> bool:
    steps = rehearsal.steps(parts)
    for number, step in enumerate(steps, start=1):
        began = time.monotonic()
        name = step.__name__.replace("_", " ")
        try:
            said = step()
        except Exception:
            traceback.print_exc()
            print(f"{number:2}/{len(steps)}  FAILED: {name}", flush=True)
            return False
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        head = f"{number:2}/{len(steps)}  {time.monotonic() - began:6.1f} s  {peak:4.0f} MB"
        print(f"{head}  {name}: {said}", flush=True)
    return True


def _package(deployed: Path, directory: Path) -> Path:
    """The one that was deployed before, or one that is made now."""
    if not deployed.is_file():
        deployed = directory / "alone.zip"
        make_package(STAGE, deployed)
    return deployed


def _faults(package: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "tests/rehearsal", "-q", "--durations=0"]
    environment = {**os.environ, "REHEARSAL_PACKAGE": str(package)}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PARTS))
