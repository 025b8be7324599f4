"""The steps of a job, one log line each: where it is, where it was when its worker ended."""

from __future__ import annotations

import logging

log = logging.getLogger("chassis.publishing")

STEP = "publish_step"


def reached(step: str) -> None:
    """Say that a stage is done."""
    log.info(STEP, extra={"step": step})


def reached_key(step: str, key: str) -> None:
    """Say that something is done with one file; only in the most talkative logs."""
    log.debug(STEP, extra={"step": step, "key": key})
