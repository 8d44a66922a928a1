"""Which cameras a configuration asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.config import CameraConfig
from clap_realsense.driver.facts import CameraFacts

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_names(names: Sequence[str]) -> None:
    """Refuse names that make no topics.

    Raises:
        ClapError: INVALID_REQUEST.
    """
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    if wrong or len(set(names)) < len(names):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"parameter 'cameras' is {list(names)}",
            "Give each camera a name of its own, of letters, digits and underscores",
        )


def chosen(
    cameras: Mapping[str, CameraConfig], connected: Sequence[CameraFacts]
) -> dict[str, CameraConfig]:
    """The cameras that have a serial number.

    Args:
        cameras: by name, their settings.
        connected: what is there, for the error.

    Raises:
        ClapError: INVALID_REQUEST where none has one, or two have the same.
    """
    found = {name: config for name, config in cameras.items() if config.serial}
    if not found:
        there = ", ".join(map(str, connected)) or "none"
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"none of the cameras {', '.join(cameras)} has a serial number; connected: {there}",
            f"Say which camera is which, such as {next(iter(cameras), 'front')}_serial:=NUMBER in "
            "the launch, or serial: 'NUMBER' in the parameter file",
        )
    by_serial: dict[str, str] = {}
    for name, config in found.items():
        other = by_serial.setdefault(config.serial, name)
        if other != name:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the cameras {other} and {name} have the same serial number {config.serial}",
                "Give each camera its own: it is on its label",
            )
    return found
