"""bsdiff's format (`BSDIFF40`), which tufup's client applies, by the library that it applies it with."""

from __future__ import annotations

import struct

from updates.deltas.made import DoesNotApply, Made

MAGIC = b"BSDIFF40"
_HEAD = struct.Struct("<8s3Q")
# A bit of each number of the head is its sign.
_NUMBER_MOST = 2**63 - 1


def make(base: bytes, target: bytes) -> Made:
    """What makes `target` of `base`. The earlier file is sorted, which takes seventeen times its size."""
    import bsdiff4

    return Made(bsdiff4.diff(base, target))


def apply(base: bytes, body: bytes, *, size: int) -> bytes:
    """The later file.

    Raises:
        DoesNotApply: it is none of this format, or leads elsewhere.
    """
    import bsdiff4

    _require_head(body, size)
    try:
        made: bytes = bsdiff4.patch(base, body)
    # What bsdiff4 and bz2 say of bytes that are none of theirs.
    except (ValueError, OSError, EOFError, OverflowError, TypeError) as error:
        raise DoesNotApply(f"It cannot be applied: {error}.") from error
    if len(made) != size:
        raise DoesNotApply(f"It makes {len(made)} bytes, not {size}.")
    return made


def memory_to_make(base_size: int, target_size: int) -> int:
    """Two sorted indices of eight bytes a byte, the files, and the three parts before they are compressed."""
    return 17 * base_size + 4 * target_size


def _require_head(body: bytes, size: int) -> None:
    """Refuse, before any memory is taken, what says that it makes something else."""
    if len(body) < _HEAD.size or not body.startswith(MAGIC):
        raise DoesNotApply("It is no patch of bsdiff (BSDIFF40).")
    _, control, diff, said = _HEAD.unpack_from(body)
    if max(control, diff, said) > _NUMBER_MOST or control + diff > len(body):
        raise DoesNotApply("It is cut short.")
    if said != size:
        raise DoesNotApply(f"It makes {said} bytes, not {size}.")
