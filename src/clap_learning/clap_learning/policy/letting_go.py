"""To let go of what hangs on something: open, and draw back along the fingers.

A thing that was put down is let go as it was demonstrated. A handle is held across its bar: to rise
from it, as from a block, would lift the bar with the lower finger.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clap_core.task_types import GripperCommand, KeyAction, Motion

DRAWN_BACK_M = (0.10, 0.07, 0.05, 0.03)
"""How far, the most wanted first: behind an open door there may be little room for the arm."""
WIDE_OPEN_M = 0.08
"""Opening of the hand, where no demonstration tells it."""

INSIDE_M = 0.02
"""So much farther than around a thing the fingers open to let it go inside of something."""


def letting_go(
    base_T_tcp: NDArray[np.float64],
    width_m: float = WIDE_OPEN_M,
    back_m: float = DRAWN_BACK_M[0],
) -> tuple[KeyAction, KeyAction]:
    """Open where the hand is, and draw back.

    Args:
        base_T_tcp: [4, 4] pose of the hand.
        width_m: how wide to open it.
        back_m: how far to draw back.
    """
    back = base_T_tcp.copy()
    back[:3, 3] -= back_m * base_T_tcp[:3, 2]
    return (
        KeyAction(base_T_tcp, Motion.LINEAR, GripperCommand.OPEN, width_m, text="let go"),
        KeyAction(back, Motion.LINEAR, text="draw back"),
    )


def letting_go_narrowly(
    actions: tuple[KeyAction, ...], gripper_width_m: float | None
) -> tuple[KeyAction, ...]:
    """To let go inside something: in a drawer, fingers that open wide meet its sides.

    Args:
        actions: that let go.
        gripper_width_m: how far apart the fingers are around the thing; None where nobody knows.
    """
    if gripper_width_m is None:
        return actions
    most_m = gripper_width_m + INSIDE_M
    return tuple(
        replace(one, width_m=min(one.width_m or WIDE_OPEN_M, most_m))
        if one.gripper is GripperCommand.OPEN
        else one
        for one in actions
    )
