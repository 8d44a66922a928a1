"""One look of an episode in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera import CameraView
from clap_core.task_types import KeyAction


@dataclass(frozen=True)
class Look:
    """What was seen and measured with the arm at rest, and the key pose that followed.

    Attributes:
        views: colour, depth, intrinsics and base_T_camera of each camera. Depth is stored in
            whole millimetres (uint16); float metres are rounded when written.
        joints_rad: [7] measured.
        base_T_tcp: [4, 4] measured pose of the tool centre point.
        gripper_width_m: opening of the hand.
        stamp_ns: when.
        action: the key pose that followed; None at the end of the episode.
    """

    views: tuple[CameraView, ...]
    joints_rad: NDArray[np.float64]
    base_T_tcp: NDArray[np.float64]
    gripper_width_m: float
    stamp_ns: int
    action: KeyAction | None
