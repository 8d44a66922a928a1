"""Settings of a backend on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from clap_core.backends import settings_type
from clap_core.errors import ClapError, ErrorCode


def add_set_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--set NAME=VALUE``."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the backend, as often as needed, e.g. model=Qwen/Qwen2.5-7B-Instruct",
    )


def chosen_settings(group: str, backend: str, assignments: Sequence[str]) -> BaseModel | None:
    """The settings that were assigned, for `clap_core.backends.create`; None for the defaults.

    Raises:
        ClapError: INVALID_REQUEST, naming the setting and those that there are.
    """
    if not assignments:
        return None
    model = settings_type(group, backend)
    values = dict(assignment.partition("=")[::2] for assignment in assignments)
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"setting '{'.'.join(map(str, first['loc']))}' of '{backend}': {first['msg']}",
            f"Settings of '{backend}': {', '.join(model.model_fields) or 'none'}",
        ) from error
