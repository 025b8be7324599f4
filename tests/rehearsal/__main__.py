"""`make rehearsal`: everything that a deployment goes through, without an account.

`python -m tests.rehearsal`. Prints each step with its time and the most memory that this process's children
had; ends with 1 at the first that fails.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.rehearsal.stand_ins import CHECKOUT, RUNTIME, StandIns
from tests.rehearsal.steps import Rehearsal


def main() -> int:
    """Take every step, then the faults; 0 if all went well."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quartet-rehearsal-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        with StandIns(directory) as cloud:
            print(f"       {'':6}    Functions run on Python {RUNTIME}.")
            print(f"       {time.monotonic() - began:6.1f} s  The stand-ins are up.", flush=True)
            rehearsal = Rehearsal(cloud, directory)
            try:
                if not _take(rehearsal):
                    return 1
                package = rehearsal.package
            finally:
                rehearsal.close()
        went_well = _faults(package)
    ending = "is complete" if went_well else "failed at the faults"
    print(f"The rehearsal {ending} ({time.monotonic() - began:.0f} s).")
    return 0 if went_well else 1


def _take(rehearsal: Rehearsal) -> bool:
    steps = rehearsal.steps()
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


def _faults(package: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "tests/rehearsal", "-q", "--durations=0"]
    environment = {**os.environ, "REHEARSAL_PACKAGE": str(package)}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
