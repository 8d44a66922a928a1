"""Suites of small steps by their name."""

from __future__ import annotations

from importlib import import_module

from clap_bench.steps.world import StepSuite
from clap_bench.suite.scoring.suites import STEP_SUITES, SUITES
from clap_core.errors import ClapError, ErrorCode


def find_step_suite(name: str) -> StepSuite:
    """A suite that is played in small steps.

    Raises:
        ClapError: INVALID_REQUEST if there is none of that name.
    """
    if name not in STEP_SUITES:
        by_key_poses = " is played by key poses, not in steps" if name in SUITES else ""
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the suite '{name}'{by_key_poses}"
            if by_key_poses
            else f"there is no suite of steps '{name}'",
            f"Choose one of: {', '.join(STEP_SUITES)}",
        )
    return import_module(STEP_SUITES[name])  # type: ignore[return-value]
