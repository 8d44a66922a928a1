"""A plan in a file, as ``./clap plan --json`` prints it."""

from __future__ import annotations

import json
from pathlib import Path

from clap_core.errors import ClapError, ErrorCode
from clap_core.plan_schema import plan_from_dict
from clap_core.task_types import SubTask


def read_plan(path: Path) -> tuple[SubTask, ...]:
    """The plan of a file.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be read, or is no plan.
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the plan {path} cannot be read: {error}",
            "Make it with `./clap plan --json '...' > plan.json` and change its words",
        ) from error
    return plan_from_dict(content)
