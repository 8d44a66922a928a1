"""What a policy sees of an episode: nothing that a real robot would not know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.camera.view import CameraView
from clap_core.task_types import SubTask


@dataclass(frozen=True)
class EpisodeObservation:
    """One look, the arm at rest.

    Attributes:
        instruction: what the person said.
        views: colour, depth (uint16 mm, 0 no reading), intrinsics and base_T_camera of each
            camera, in the order of ``suite.cameras.CAMERAS``.
        joints_rad: [7] measured.
        base_T_tcp: [4, 4] from the measured joints.
        gripper_width_m: opening of the hand.
        key_poses_left: how many more the episode allows.
    """

    instruction: str
    views: tuple[CameraView, ...]
    joints_rad: NDArray[np.float64]
    base_T_tcp: NDArray[np.float64]
    gripper_width_m: float
    key_poses_left: int


@dataclass(frozen=True)
class Hint:
    """A sub-task told to an agent in the ground-truth modes.

    Attributes:
        subtask: the step.
        keypoint_m: [3] where it happens, base frame; None in mode gt-plan.
    """

    subtask: SubTask
    keypoint_m: NDArray[np.float64] | None
