"""`python -m bench.updates_upload.peak FILE MODULE …`: run a module; its peak of memory into the file."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def peak_bytes(process: int | str = "self") -> int:
    """The most memory that a process has had since its program began (Linux).

    Not `ru_maxrss`: that remembers whoever started the process.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Whatever becomes of the module, its peak is written."""
    file, module = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        Path(file).write_text(str(peak_bytes()), encoding="ascii")


if __name__ == "__main__":
    main()
