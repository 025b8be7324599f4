"""Processes that make pages beside this one. Nothing here imports what needs Django before it is set up."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process


@contextmanager
def pool(processes: int) -> Iterator[Executor]:
    """So many processes, which end with this one.

    They are copies of it where that is safe, since to start one anew takes a second. They make pages: none
    of them asks the store, and each connects to the database by itself.
    """
    may_copy = _may_copy()
    method, prepare = ("fork", _prepare_copy) if may_copy else ("spawn", _prepare_new)
    with ProcessPoolExecutor(processes, mp_context=get_context(method), initializer=prepare) as made:
        if may_copy:
            _close_connections()
            # Their garbage collectors are not to look through what there is already, which would copy it.
            gc.freeze()
            # The first task makes all copies, before the pool has a thread in this process.
            made.submit(_nothing)
        yield made


def may_be_several() -> bool:
    """Whether this system has what a pool is made of. A function of Lambda has no shared memory, so none."""
    try:
        get_context().Lock()
    except (OSError, ImportError):
        return False
    return True


def _may_copy() -> bool:
    """Whether nothing is shared with a copy: no lock that another thread holds, no open transaction."""
    from django.db import connections

    has_transaction = any(one.in_atomic_block for one in connections.all(initialized_only=True))
    return sys.platform == "linux" and threading.active_count() == 1 and not has_transaction


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _prepare_new() -> None:
    import django

    django.setup()
    _prepare_copy()


def _prepare_copy() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """One that waits for work would wait for ever when the process that gives it was killed."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    pass
