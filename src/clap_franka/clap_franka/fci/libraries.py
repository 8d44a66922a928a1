"""Which libfranka drives the robot; each is imported only in the processes that use it."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from clap_core.errors import ClapError, ErrorCode
from clap_franka.fci.arm_loop import FciArm

if TYPE_CHECKING:
    from clap_franka.fci.hand_process import FciHand

Library = Literal["pylibfranka", "panda-python"]

_CURES = {
    "pylibfranka": "Install it: ./clap setup --with fci; or use franka_ros2: driver:=franka_ros2",
    "panda-python": "Install it: ./clap shell -- pip install panda-python==1.1.1; an FR3 wants the "
    "library pylibfranka",
}


def loaded(library: Library) -> ModuleType:
    """The module.

    Raises:
        ClapError: NODE_UNAVAILABLE, it is not installed.
    """
    try:
        if library == "panda-python":
            return importlib.import_module("panda_py.libfranka")
        return importlib.import_module("pylibfranka")
    except ImportError as error:
        raise ClapError(
            ErrorCode.NODE_UNAVAILABLE, f"{library} cannot be loaded: {error}", _CURES[library]
        ) from error


def arm_by(
    library: Library,
    address: str,
    enforce_realtime: bool,
    stiffness: list[float],
    thresholds: list[list[float]],
) -> FciArm:
    """The arm at an address; the other arguments are those of ``LibfrankaArm``.

    Raises:
        ClapError: NODE_UNAVAILABLE, the library is not installed.
    """
    module = loaded(library)
    if library == "panda-python":
        from clap_franka.fci.panda_arm import PandaArm

        return PandaArm(module, address, enforce_realtime, stiffness, thresholds)
    from clap_franka.fci.libfranka_arm import LibfrankaArm

    return LibfrankaArm(address, enforce_realtime, stiffness, thresholds)


def hand_by(library: Library, address: str) -> FciHand:
    """The hand at an address.

    Raises:
        ClapError: NODE_UNAVAILABLE, the library is not installed.
    """
    from clap_franka.fci.libfranka_hand import LibfrankaHand

    module = loaded(library)
    own = (getattr(module, "FrankaException", RuntimeError),)
    return LibfrankaHand(address, module.Gripper, (*own, RuntimeError, ValueError))
